# %% [markdown]
# # What is in the archive?

# %%
import sys
import pandas as pd
from ablage_client import AblageClient

client = AblageClient()
docs = [client.documents.wait_for_completion(client.documents.upload(p).id) for p in sys.argv[1:]]

# %%
df = pd.DataFrame(
    [(d.filename, d.ocr_text.strip(), d.confidence_score, d.ocr_result["engine"]) for d in docs],
    columns=["name", "text", "score", "engine"],
)
df["words"] = df.text.str.split().str.len()
print(df.drop(columns="score").to_string())

# %%
segments = pd.DataFrame([{"doc": d.filename, "text": s["text"], "conf": s["conf"]} for d in docs for s in d.ocr_result["segments"]])
print(segments.groupby("doc").text.count().to_dict())
print(segments.conf.dtype, df.score.dtype, df.score.mean().round(2))
