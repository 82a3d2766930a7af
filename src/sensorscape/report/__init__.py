"""The page: the paper's figures and tables for this study, beside the published values, in one file that works offline."""
