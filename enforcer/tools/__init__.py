"""What a model may do: one file per tool. A tool returns text, prints nothing, touches only its context."""
