"""The other peer: Flask-SocketIO as it comes, under our gunicorn; broadcasts what it is posted."""

from flask import Flask, request
from flask_socketio import SocketIO, join_room

app = Flask(__name__)
sockets = SocketIO(app, async_mode="gevent", cors_allowed_origins="*")


def enter() -> None:
    """Everybody is in the one room."""
    join_room("room")


sockets.on_event("connect", enter, namespace="/live")


@app.post("/")
def emit() -> str:
    """Broadcast one frame."""
    sockets.emit("event", request.get_json(), namespace="/live", to="room")
    return ""
