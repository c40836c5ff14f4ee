"""Whether a page keeps what it must not: extractable private keys, seeds, the vault's raw key."""

from typing import Any

from playwright.sync_api import Page

WATCH = """
() => {
  const { subtle } = crypto;
  window.watchedKeys = [];
  const keep = (key) => {
    if (key instanceof CryptoKey && key.extractable && key.type !== 'public') {
      watchedKeys.push(new WeakRef(key));
    }
  };
  for (const name of ['importKey', 'generateKey', 'deriveKey', 'unwrapKey']) {
    const act = subtle[name].bind(subtle);
    subtle[name] = async (...given) => {
      const made = await act(...given);
      for (const key of [made, made.privateKey]) keep(key);
      return made;
    };
  }
  const fill = crypto.getRandomValues.bind(crypto);
  crypto.getRandomValues = (array) => {
    fill(array);
    if (array.length === 32) {
      drawn([...array].map((byte) => byte.toString(16).padStart(2, '0')).join(''));
    }
    return array;
  };
}
"""
STORED = """
async () => {
  const found = [...Object.entries(localStorage), ...Object.entries(sessionStorage)]
    .map((pair) => pair.join('='));
  for (const { name } of await indexedDB.databases()) {
    const open = indexedDB.open(name);
    const database = await new Promise((done) => { open.onsuccess = () => done(open.result); });
    for (const store of database.objectStoreNames) {
      const all = database.transaction(store).objectStore(store).getAll();
      const rows = await new Promise((done) => { all.onsuccess = () => done(all.result); });
      for (const row of rows) found.push(...await told(row, `${name}.${store}`));
    }
    database.close();
  }
  return found;
  async function told(value, where) {
    if (value instanceof CryptoKey) {
      if (value.type === 'public') return [];
      const format = value.type === 'secret' ? 'raw' : 'pkcs8';
      const out = await crypto.subtle.exportKey(format, value).then(() => 'OPEN', () => 'closed');
      return [`${where}: ${out}`];
    }
    if (ArrayBuffer.isView(value)) {
      return [`${where}: ` + [...value].map((b) => b.toString(16).padStart(2, '0')).join('')];
    }
    if (typeof value !== 'object' || value === null) return [`${where}: ${value}`];
    const inner = Object.entries(value).map(([name, each]) => told(each, `${where}.${name}`));
    return (await Promise.all(inner)).flat();
  }
}
"""
LEFT = "() => (window.watchedKeys ?? []).filter((each) => each.deref()).length"


def watch(page: Page) -> list[str]:
    """Collect what this page draws of 32 bytes, in hex, and each extractable key it makes."""
    drawn: list[str] = []
    page.expose_function("drawn", lambda secret: drawn.append(str(secret)))
    page.add_init_script(f"({WATCH})()")
    page.reload()
    return drawn


def stored(page: Page) -> list[str]:
    """Everything in the page's storages, keys by whether they can be exported."""
    found: list[str] = page.evaluate(STORED)
    return found


def nothing_stays(page: Page, drawn: list[str]) -> None:
    """No drawn secret in storage or heap, no extractable private key reachable."""
    assert len(drawn) >= 3, "a vault's key, its code, a seed"
    kept = stored(page)
    assert [line for line in kept if "closed" in line], "the session's keys"
    assert not [line for line in kept if "OPEN" in line]
    session: Any = page.context.new_cdp_session(page)
    session.send("HeapProfiler.enable")
    session.send("HeapProfiler.collectGarbage")
    assert page.evaluate(LEFT) == 0
    pieces: list[str] = []
    session.on("HeapProfiler.addHeapSnapshotChunk", lambda told: pieces.append(told["chunk"]))
    session.send("HeapProfiler.takeHeapSnapshot", {"reportProgress": False})
    heap = "".join(pieces)
    assert "SBE/1" in heap, "the snapshot holds strings"
    for secret in drawn:
        assert secret not in heap, secret
        assert not [line for line in kept if secret in line]
    session.detach()
