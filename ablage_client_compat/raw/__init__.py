"""``client.request``: paths of API v1, and answers as `requests` gives them."""
