"""A till on its machine: it starts, dies and starts again over the same disk."""

from __future__ import annotations

from collections.abc import Callable

from simulation.backend import Backend
from simulation.disk import Disk, DiskJournal
from simulation.judge import Judge
from simulation.shop import NoDocuments, ShortCatalogue
from simulation.wire import Wire
from simulation.world import Machine, World
from tui_pos.domain.events import Event, Noticed
from tui_pos.services.payments import PaymentPolicy
from tui_pos.services.till import Doors, Shop, Till


class Station:
    """Attributes:
    till: the running program; a new one after each start.
    notices: what was said to the person at the till, over all its lives.
    """

    def __init__(self, world: World, backend: Backend, judge: Judge, name: str) -> None:
        self.world = world
        self.machine = Machine(world, name)
        self.disk = Disk()
        self.notices: list[str] = []
        self.policy = PaymentPolicy()
        self.watcher: Callable[[Event], None] = lambda event: None
        self._backend = backend
        self._judge = judge
        judge.watch(self.machine, self.disk)
        self.till = self._assemble()

    def _assemble(self) -> Till:
        journal = DiskJournal(self.machine, self.disk)
        self.machine.on_death = journal.power_fails
        doors = Doors(
            Wire(self.machine, self._backend, self._judge),
            ShortCatalogue(),
            journal,
            self.machine,
            NoDocuments(),
            self.policy,
        )
        till = Till(Shop(self.machine.name, cashier="Anna"), doors)
        till.subscribe(self._notice)
        return till

    async def boot(self) -> None:
        """Start the program, as `tui-pos run` does: recover before the first key."""
        self.till = self._assemble()
        await self.till.recover()
        await self.till.start()

    async def kill(self, *, reboot: bool = False) -> None:
        """kill -9, or a power cut; what ran is gone when this returns."""
        self.world.log(f"{self.machine.name}: --- killed")
        self.machine.die()
        await self.machine.settle()
        self.machine.revive(reboot=reboot)

    def _notice(self, event: Event) -> None:
        if isinstance(event, Noticed):
            self.world.log(f"{self.machine.name}: SAYS {event.level.value}: {event.text}")
            self.notices.append(event.text)
        self.watcher(event)
