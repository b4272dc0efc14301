"""What the parts of one dropcast are called: in a Google Cloud project as infra/ names them, or locally."""

from dataclasses import dataclass

from dropcast_local import layout


@dataclass(frozen=True, slots=True)
class Deployment:
    """One dropcast. `prefix` begins names, `bucket_prefix` those of buckets; without a region it is local."""

    project: str
    prefix: str = ""
    bucket_prefix: str = ""
    region: str | None = None

    @property
    def is_local(self) -> bool:
        return self.region is None

    @property
    def kept_dead_letters(self) -> str:
        """The subscription that keeps dead letters until somebody takes them."""
        return self.subscription(layout.KEPT)

    def bucket(self, kind: str) -> str:
        return f"{self.bucket_prefix}{kind}"

    def topic(self, name: str) -> str:
        return f"projects/{self.project}/topics/{self.prefix}{name}"

    def subscription(self, stage: str) -> str:
        return f"projects/{self.project}/subscriptions/{self.prefix}{stage}"

    def function(self, stage: str) -> str:
        return f"{self.prefix}{stage}"

    def account(self, name: str) -> str:
        return f"{self.prefix}{name}@{self.project}.iam.gserviceaccount.com"


def deployed(project: str, region: str, name: str) -> Deployment:
    """The names that infra/ gives; a test compares them."""
    return Deployment(project, f"{name}-", f"{project}-{name}-", region)


LOCAL = Deployment(layout.PROJECT)
