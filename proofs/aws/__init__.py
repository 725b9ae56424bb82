"""The contract and the open questions, asked of an AWS account."""
