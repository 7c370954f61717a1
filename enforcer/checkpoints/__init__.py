"""What a skill's rules compile to: checks that run outside the model."""
