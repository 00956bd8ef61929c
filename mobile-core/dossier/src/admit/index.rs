//! What the gate must know of a dossier's history to judge a change: who wrote what, on top of what.

use super::Refusal;
use crate::document::Document;
use crate::ids::{ActId, Actor, ChangeHash};
use crate::prescan::Header;
use crate::wire::act_id_of_key;
use automerge::legacy::{Key, ObjectId, OpType};
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// One of the three maps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Map {
    Form,
    Papers,
    Acts,
}

impl Map {
    /// The map that an object of genesis is, by its counter.
    pub(super) fn of_counter(counter: u64) -> Option<Self> {
        match counter {
            1 => Some(Self::Form),
            2 => Some(Self::Papers),
            3 => Some(Self::Acts),
            _ => None,
        }
    }
}

/// What one operation wrote; `None` where no later operation may refer to it (a deletion, genesis).
pub(super) type Slot = Option<(Map, Key)>;

#[derive(Default)]
pub(super) struct Index {
    by_hash: HashMap<ChangeHash, u32>,
    /// In an order in which each change stands behind its dependencies.
    nodes: Vec<Node>,
    deps: Vec<u32>,
    slots: Vec<Slot>,
    lines: HashMap<Actor, Line>,
    acts: HashSet<ActId>,
    pub(super) examined: u64,
}

struct Node {
    hash: ChangeHash,
    deps: Range<u32>,
    slots: Range<u32>,
    start_op: u32,
    /// The highest operation among this change and its ancestors.
    top: u32,
}

/// One actor's changes by sequence number: position of its change.
#[derive(Default)]
struct Line(Vec<u32>);

/// Where a change is to stand: whose it is, positions of its dependencies, and, once asked for, all its ancestors.
pub(super) struct Place {
    actor: Actor,
    deps: Vec<u32>,
    ancestors: Option<Vec<bool>>,
}

impl Index {
    pub(super) fn of(document: &Document) -> Self {
        let mut index = Self::default();
        let genesis = document.maps.genesis;
        for change in document.inner.get_changes(&[]) {
            let expanded = change.decode();
            let mut act = None;
            let slots = expanded.operations.into_iter().map(|op| {
                let map = match &op.obj {
                    ObjectId::Id(id) if id.actor().to_bytes() == genesis.0 => Map::of_counter(id.counter())?,
                    _ => return None,
                };
                if let (Map::Acts, Key::Map(key)) = (map, &op.key) {
                    act = act_id_of_key(key);
                }
                matches!(op.action, OpType::Put(_)).then_some((map, op.key))
            });
            let slots: Vec<Slot> = slots.collect();
            let actor = Actor(change.actor_id().to_bytes().try_into().unwrap_or_default());
            let deps: Vec<ChangeHash> = change.deps().iter().map(|d| ChangeHash(d.0)).collect();
            index.learn(ChangeHash(change.hash().0), actor, change.start_op().get() as u32, &deps, slots, act);
        }
        index
    }

    /// Remembers a change that is in the dossier.
    pub(super) fn learn(
        &mut self,
        hash: ChangeHash,
        actor: Actor,
        start_op: u32,
        deps: &[ChangeHash],
        slots: Vec<Slot>,
        act: Option<ActId>,
    ) {
        let position = self.nodes.len() as u32;
        let (deps_from, slots_from) = (self.deps.len() as u32, self.slots.len() as u32);
        self.deps.extend(deps.iter().filter_map(|d| self.by_hash.get(d)));
        let last = (start_op + slots.len() as u32).saturating_sub(1);
        let below = self.deps[deps_from as usize..].iter().map(|d| self.nodes[*d as usize].top).max();
        self.slots.extend(slots);
        self.nodes.push(Node {
            hash,
            deps: deps_from..self.deps.len() as u32,
            slots: slots_from..self.slots.len() as u32,
            start_op,
            top: last.max(below.unwrap_or(0)),
        });
        self.by_hash.insert(hash, position);
        self.lines.entry(actor).or_default().0.push(position);
        self.acts.extend(act);
    }

    /// Stage 5: the change is this actor's next, stands on what is here, and counts its operations from there.
    ///
    /// With the actor's previous change among the ancestors, `start_op` is above every operation that the actor ever
    /// made, so its operation ids are unused.
    pub(super) fn place(&mut self, header: &Header, actor: &Actor) -> Result<Place, Refusal> {
        if header.actor != *actor {
            return Err(Refusal::Actor);
        }
        if self.has(&header.hash) {
            return Err(Refusal::Already);
        }
        let mut deps = Vec::with_capacity(header.deps.len());
        for dep in &header.deps {
            let position = *self.by_hash.get(dep).ok_or(Refusal::MissingDependency(*dep))?;
            if deps.contains(&position) {
                return Err(Refusal::Dependencies);
            }
            deps.push(position);
        }
        let line = self.lines.get(actor).map_or(&[][..], |line| &line.0);
        if header.seq <= line.len() as u64 {
            let (seq, tip) = self.last(actor).expect("a line that is not empty has a last change");
            return Err(Refusal::Forked { seq, tip });
        }
        if header.seq != line.len() as u64 + 1 {
            return Err(Refusal::SequenceGap);
        }
        let previous = line.last().copied();
        let mut place = Place { actor: *actor, deps, ancestors: None };
        if let Some(previous) = previous
            && !self.is_ancestor(&mut place, previous)
        {
            return Err(Refusal::OwnPreviousMissing);
        }
        let top = place.deps.iter().map(|d| self.nodes[*d as usize].top).max().unwrap_or(0);
        if header.start_op != u64::from(top) + 1 { Err(Refusal::StartOp) } else { Ok(place) }
    }

    /// Whether an operation among the ancestors of a place wrote a value under this key of this map.
    pub(super) fn wrote(&mut self, place: &mut Place, (actor, counter): (&[u8], u64), map: Map, key: &Key) -> bool {
        self.examined += 1;
        let Some((position, slot)) = self.find(actor, counter) else {
            return false;
        };
        // An actor's own earlier changes are ancestors: `place` has seen to that.
        let same = self.slots[slot].as_ref().is_some_and(|(of, at)| *of == map && at == key);
        same && (actor == place.actor.0 || self.is_ancestor(place, position))
    }

    /// The change that made an operation, and its slot.
    fn find(&self, actor: &[u8], counter: u64) -> Option<(u32, usize)> {
        let counter = u32::try_from(counter).ok()?;
        let line = &self.lines.get(&Actor(actor.try_into().ok()?))?.0;
        let behind = line.partition_point(|p| self.nodes[*p as usize].start_op <= counter);
        let position = *line.get(behind.checked_sub(1)?)?;
        let node = &self.nodes[position as usize];
        let slot = node.slots.start + (counter - node.start_op);
        (slot < node.slots.end).then_some((position, slot as usize))
    }

    /// All ancestors are found at most once for a judged change, so that a change with thousands of predecessors costs
    /// one walk; a direct dependency, the usual case, costs none.
    fn is_ancestor(&mut self, place: &mut Place, position: u32) -> bool {
        if place.deps.contains(&position) {
            return true;
        }
        if place.ancestors.is_none() {
            place.ancestors = Some(self.ancestors(&place.deps));
        }
        place.ancestors.as_ref().is_some_and(|all| all[position as usize])
    }

    fn ancestors(&mut self, deps: &[u32]) -> Vec<bool> {
        let mut all = vec![false; self.nodes.len()];
        let mut open = deps.to_vec();
        while let Some(at) = open.pop() {
            if std::mem::replace(&mut all[at as usize], true) {
                continue;
            }
            self.examined += 1;
            let node = &self.nodes[at as usize];
            open.extend(&self.deps[node.deps.start as usize..node.deps.end as usize]);
        }
        all
    }

    pub(super) fn has(&self, change: &ChangeHash) -> bool {
        self.by_hash.contains_key(change)
    }

    pub(super) fn has_act(&self, act: &ActId) -> bool {
        self.acts.contains(act)
    }

    pub(super) fn last(&self, actor: &Actor) -> Option<(u64, ChangeHash)> {
        let line = &self.lines.get(actor)?.0;
        Some((line.len() as u64, self.nodes[*line.last()? as usize].hash))
    }

    pub(super) fn changes(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn operations(&self) -> usize {
        self.slots.len()
    }
}
