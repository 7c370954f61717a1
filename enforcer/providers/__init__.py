"""Model services: translate the neutral conversation to a vendor's wire and back. They decide nothing."""
