"""How much to ask for at once."""

_GROW_AFTER = 5


class PageSize:
    """How much to ask for: halved when GitHub runs out of time, doubled again after five good answers."""

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self._good = 0
        self.value = largest

    def halve(self) -> None:
        """Ask for half as much."""
        self.value = max(1, self.value // 2)
        self._good = 0

    def succeeded(self) -> None:
        """Note a good answer."""
        self._good += 1
        if self._good >= _GROW_AFTER:
            self.value = min(self._largest, self.value * 2)
            self._good = 0
