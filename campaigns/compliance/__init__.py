"""Judge whether a post says, where it must and as it must, that it was paid for.

Pure: values in, values out. Start at `judge.judge`, `drafts.required_label` and `drafts.correct_draft`.
"""
