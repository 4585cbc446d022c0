"""What operators do with a whole archive, as steps that hurt nothing when one of them fails."""
