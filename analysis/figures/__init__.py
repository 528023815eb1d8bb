"""The figures: functions of tidy frames that return a matplotlib figure; `style` holds how all of them look."""
