"""Socket.IO as a mere messenger: it pushes numbered events that the database already holds.

`doors` say who may follow what, `passes` let a bidder follow as its seat without a cookie, `rates`
hold floods off, `rooms` know who is here, `server` joins them to flask-socketio, which nothing
else touches.
"""

from kernel.sockets.doors import Event, LiveDoors, Said, Stream
from kernel.sockets.rooms import Follower
from kernel.sockets.server import Sockets

__all__ = ["Event", "Follower", "LiveDoors", "Said", "Sockets", "Stream"]
