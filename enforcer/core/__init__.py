"""Values of the domain. Standard library only, no input or output, imports nothing else of ours."""
