"""Writes a Snow project of many modules, for measuring `snowc check`.

Modules lie in layers. Each imports a few of the layer below and uses their types and functions, so that
types travel through the whole project; `main.snow` imports the top layer. Every fifth module declares an
interface with a default method, and implements it for a type of its own and for Int. The same arguments always
give the same project.
"""

from __future__ import annotations

from pathlib import Path

LAYERS = 10
IMPORTS = 3

_HEAD = """\
pub struct Item do
  id :: Int
  name :: String
  tags :: List<String>
end

pub type Event do
  Added(Item)
  Renamed(Int, String)
  Dropped(id :: Int, reason :: Option<String>)
  Idle
end

pub fn item(id :: Int) -> Item = Item { id: id, name: "item ${id}", tags: ["new", "m@N@"] }
"""

_INTERFACE = """
pub interface Priced@N@ do
  fn price@N@(self) -> Int

  fn dear@N@(self) -> Bool do
    price@N@(self) > limit
  end
end

let limit = 40

impl Priced@N@ for Item do
  fn price@N@(self) -> Int = self.id * 2
end

impl Priced@N@ for Int do
  fn price@N@(self) -> Int = self
end

pub fn dearest@N@(items :: List<Item>) = items |> filter(fn i -> i.dear@N@() end)
"""

_PART = """
# What one event does to the items.
pub fn apply@K@(items :: List<Item>, event :: Event) -> List<Item> do
  case event do
    Added(new) -> items ++ [new]
    Renamed(id, name) -> items |> map(fn i -> if i.id == id do Item { id: id, name: name, tags: i.tags } else i end end)
    Dropped(id, _) -> items |> filter(fn i -> i.id != id end)
    Idle -> items
  end
end

fn longer@K@(a :: Int, b :: Int) -> Int do
  if a > b do
    a
  else
    b
  end
end

fn longest@K@(items) do
  case items do
    [] -> 0
    i :: rest -> longer@K@(String.length(i.name), longest@K@(rest))
  end
end

fn second@K@<A, B>(pair :: Tuple<A, B>) -> B do
  let (_, last) = pair
  last
end

pub fn summary@K@(seed :: Int) do
  let events = [Added(item(seed)), Added(item(seed + @K@)), Renamed(seed, "renamed"), Idle]
  let items = events |> reduce([], fn all, event -> apply@K@(all, event) end)
  let sizes = items |> map(fn i -> (i.id, List.length(i.tags)) end)
  let total = sizes |> reduce(0, fn sum, pair -> sum + second@K@(pair) end)
  let found = case filter(items, fn i -> i.id > seed end) do
    [] -> None
    first :: _ -> Some(first.name)
  end
  match found do
    Some(name) when total > 1 -> "${name}: ${total} of ${longest@K@(items)}"
    Some(name) -> name
    None -> "nothing"
  end
end
"""


def module_text(number: int, imports: list[int], lines: int) -> str:
    """One module of at least `lines` lines that imports the modules of these numbers."""
    heads = "".join(f"import {module_name(other)}\n" for other in imports)
    uses = "".join(f"    {short(other)}.summary0(seed + {i}),\n" for i, other in enumerate(imports))
    use = f'\npub fn below(seed :: Int) -> List<String> do\n  [\n{uses}    "m{number}",\n  ]\nend\n'
    text = f"{heads}\n{_HEAD.replace('@N@', str(number))}{use}" if heads else _HEAD.replace("@N@", str(number))
    if number % 5 == 0:
        text += _INTERFACE.replace("@N@", str(number))
    part = 0
    while part == 0 or text.count("\n") < lines:
        text += _PART.replace("@K@", str(part))
        part += 1
    return text


def layer_of(number: int, modules: int) -> int:
    return number * LAYERS // modules


def module_name(number: int) -> str:
    return f"Part{number // 20}.{short(number)}"


def short(number: int) -> str:
    return f"Unit{number}"


def path_of(number: int) -> str:
    """The file of a module below the project."""
    return f"part{number // 20}/unit{number}.snow"


def imports_of(number: int, modules: int) -> list[int]:
    """A few modules of the layer below."""
    below = [n for n in range(modules) if layer_of(n, modules) == layer_of(number, modules) - 1]
    return sorted({below[(number * 7 + k * 3) % len(below)] for k in range(IMPORTS)}) if below else []


def generate(folder: Path, modules: int, lines: int) -> int:
    """Write a project of `modules` modules besides main.snow and about `lines` lines; gives the exact number."""
    texts: dict[str, str] = {}
    written = 0
    for n in range(modules):
        text = module_text(n, imports_of(n, modules), lines * (n + 1) // modules - written)
        texts[path_of(n)] = text
        written += text.count("\n")
    top = [n for n in range(modules) if layer_of(n, modules) == LAYERS - 1]
    heads = "".join(f"import {module_name(n)}\n" for n in top)
    calls = "".join(f"  println({short(n)}.summary0({n}))\n" for n in top)
    texts["main.snow"] = f"{heads}\nfn main() do\n{calls}end\n"
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return sum(text.count("\n") for text in texts.values())
