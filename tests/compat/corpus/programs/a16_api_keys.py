from ablage_client import AblageClient

client = AblageClient()
created = client.api_keys.create("nightly", ["documents:read"])
print(created.name, created.scopes, created.key[:3])
reader = AblageClient(created.key)
print(list(reader.documents.list()))
