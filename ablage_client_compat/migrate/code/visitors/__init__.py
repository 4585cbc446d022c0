"""What the codemod does at each kind of syntax node."""
