"""The loop: a request, its tool calls, their results, until the model stops."""
