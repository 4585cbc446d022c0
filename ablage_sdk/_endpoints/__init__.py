"""Every endpoint, declared once: what is sent, how the answer is read, and how v1 expresses it."""
