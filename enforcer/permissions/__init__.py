"""Static rules, remembered answers and folder trust; gives a Verdict. Knows no user interface."""
