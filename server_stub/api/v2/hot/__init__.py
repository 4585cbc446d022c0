"""The reads that are asked for most, on the shortest way; `server_stub.api.v2.documents` describes them."""
