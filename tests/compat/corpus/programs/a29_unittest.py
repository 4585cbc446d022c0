import sys
import unittest

from ablage_client import AblageClient
from ablage_client.exceptions import AblageNotFoundError

PATHS = sys.argv[1:]


class ArchiveTest(unittest.TestCase):
    def setUp(self):
        self.client = AblageClient()
        self.document = self.client.documents.upload(PATHS[0])

    def tearDown(self):
        self.client.documents.delete(self.document.id)

    def test_text(self):
        done = self.client.documents.wait_for_completion(self.document.id)
        self.assertIn("Rechnung", done.ocr_text)
        self.assertGreater(done.confidence_score, 0.5)
        self.assertIsInstance(done.confidence_score, float)

    def test_missing(self):
        with self.assertRaises(AblageNotFoundError):
            self.client.documents.get("00000000-0000-7000-8000-000000000000")


result = unittest.TextTestRunner(stream=open("log.txt", "w")).run(
    unittest.defaultTestLoader.loadTestsFromTestCase(ArchiveTest)
)
print(result.testsRun, len(result.errors), len(result.failures))
