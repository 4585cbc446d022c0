import sys
from dataclasses import dataclass, field

from ablage_client import AblageClient
from ablage_client.models import Document


@dataclass
class Job:
    client: AblageClient
    path: str
    document: Document | None = None
    notes: list[str] = field(default_factory=list)

    def run(self) -> "Job":
        self.document = self.client.documents.upload(self.path)
        self.document = self.client.documents.wait_for_completion(self.document.id)
        score = self.document.confidence_score
        self.notes.append(f"{self.document.filename}: {score:.1f}")
        return self


shared = AblageClient()
jobs = [Job(shared, path).run() for path in sys.argv[1:]]
for job in jobs:
    print(job.notes, job.document.ocr_text.strip())
