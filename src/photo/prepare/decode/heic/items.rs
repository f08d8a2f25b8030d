//! The pictures and data of a HEIF file, by its `meta` box (ISO/IEC 23008-12, 14496-12).

use crate::photo::{
    error::{Foreign, Reason},
    format::SourceFormat,
    prepare::decode::heic::bytes::{Boxes, Bytes, IsoBox},
};

/// Metadata beyond this is an attack: a phone's has some kB, its colour profile included.
const MAX_META_BYTES: usize = 4 << 20;
/// Items and properties beyond this are an attack; a photo of 200 MP has some 800 tiles.
const MAX_ENTRIES: usize = 4096;
const DAMAGED: Reason = Reason::Damaged { format: SourceFormat::Heic };
const TRUNCATED: Reason = Reason::Truncated { format: SourceFormat::Heic };

/// The items of a file. Nothing is copied from it, and what is kept grows with the number of entries, which is limited.
#[derive(Debug)]
pub(super) struct Items<'a> {
    file: &'a [u8],
    idat: &'a [u8],
    pub(super) primary: u32,
    /// Whether there is a sequence of pictures beside the items.
    pub(super) has_video: bool,
    kinds: Vec<(u32, [u8; 4])>,
    locations: Vec<(u32, Location<'a>)>,
    properties: Vec<IsoBox<'a>>,
    /// By item the numbers of its properties, from 1.
    associations: Vec<(u32, Vec<u16>)>,
    /// What derived pictures are made of.
    inputs: Vec<(u32, Vec<u32>)>,
}

/// The place of an item's bytes. The list of extents is read when it is needed.
#[derive(Clone, Copy, Debug)]
struct Location<'a> {
    method: u16,
    base: u64,
    sizes: Sizes,
    extents: Bytes<'a>,
}

/// How many bytes the numbers of an extent have.
#[derive(Clone, Copy, Debug)]
struct Sizes {
    index: usize,
    offset: usize,
    length: usize,
}

impl<'a> Items<'a> {
    pub(super) fn read(file: &'a [u8]) -> Result<Self, Reason> {
        let meta = Boxes(Bytes(file)).find(|found| found.name == *b"meta");
        let has_video = Boxes(Bytes(file)).any(|found| found.name == *b"moov");
        let Some(meta) = meta else {
            return Err(if has_video {
                Reason::UnsupportedFormat { name: Foreign::called("HEIF video", "HEIF 视频") }
            } else if Boxes(Bytes(file)).any(|found| found.is_cut) || file.len() < 1024 {
                TRUNCATED
            } else {
                DAMAGED
            });
        };
        if meta.is_cut {
            return Err(TRUNCATED);
        }
        if meta.body.0.len() > MAX_META_BYTES {
            return Err(DAMAGED);
        }
        let mut items = Self {
            file,
            idat: &[],
            primary: 0,
            has_video,
            kinds: Vec::new(),
            locations: Vec::new(),
            properties: Vec::new(),
            associations: Vec::new(),
            inputs: Vec::new(),
        };
        items.fill(meta.body).ok_or(DAMAGED)?;
        Ok(items)
    }

    /// What the item is: `hvc1`, `grid`, `Exif`, …
    pub(super) fn kind(&self, id: u32) -> Result<[u8; 4], Reason> {
        of(&self.kinds, id).copied().ok_or(DAMAGED)
    }

    /// The items that a derived picture is made of, in their order.
    pub(super) fn inputs(&self, id: u32) -> &[u32] {
        of(&self.inputs, id).map_or(&[], Vec::as_slice)
    }

    /// The item's properties in their order.
    pub(super) fn properties(&self, id: u32) -> impl Iterator<Item = IsoBox<'a>> + '_ {
        let numbers = of(&self.associations, id).map_or(&[][..], Vec::as_slice);
        numbers.iter().filter_map(|&number| self.properties.get(usize::from(number).checked_sub(1)?).copied())
    }

    /// The first property of that name.
    pub(super) fn property(&self, id: u32, name: &[u8; 4]) -> Option<Bytes<'a>> {
        self.properties(id).find(|property| property.name == *name).map(|property| property.body)
    }

    /// The item's bytes in their parts; bytes past the file's end are missing, and the flag marks that. No more bytes
    /// than `budget`, from which they are taken, because parts may overlap.
    pub(super) fn data(&self, id: u32, budget: &mut usize) -> Result<(Vec<&'a [u8]>, bool), Reason> {
        let location = *of(&self.locations, id).ok_or(DAMAGED)?;
        let source = match location.method {
            0 => self.file,
            1 => self.idat,
            _ => {
                return Err(Reason::UnsupportedFormat {
                    name: Foreign::called("HEIC (items made of items)", "HEIC（多层派生）"),
                });
            }
        };
        let (mut parts, mut is_whole, mut extents) = (Vec::new(), true, location.extents);
        while !extents.0.is_empty() {
            let (offset, length) = location.sizes.extent(&mut extents).ok_or(DAMAGED)?;
            let start = usize::try_from(location.base.checked_add(offset).ok_or(DAMAGED)?).map_err(|_| DAMAGED)?;
            let rest = source.get(start..).unwrap_or_default();
            let length = if length == 0 { rest.len() } else { usize::try_from(length).map_err(|_| DAMAGED)? };
            is_whole &= length <= rest.len() && start <= source.len();
            let part = &rest[..length.min(rest.len())];
            *budget = budget.checked_sub(part.len()).ok_or(DAMAGED)?;
            parts.push(part);
        }
        Ok((parts, is_whole))
    }

    fn fill(&mut self, mut meta: Bytes<'a>) -> Option<()> {
        meta.version()?;
        for found in Boxes(meta) {
            let mut body = found.body;
            match &found.name {
                b"pitm" => {
                    let (version, _) = body.version()?;
                    self.primary = id(&mut body, version > 0)?;
                }
                b"iinf" => self.read_kinds(body)?,
                b"iloc" => self.read_locations(body)?,
                b"iref" => self.read_inputs(body)?,
                b"idat" => self.idat = body.0,
                b"iprp" => {
                    for found in Boxes(body) {
                        match &found.name {
                            b"ipco" => self.properties.extend(Boxes(found.body).take(MAX_ENTRIES)),
                            b"ipma" => self.read_associations(found.body)?,
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
            if self.properties.len() > MAX_ENTRIES {
                return None;
            }
        }
        Some(())
    }

    fn read_kinds(&mut self, mut body: Bytes<'a>) -> Option<()> {
        let (version, _) = body.version()?;
        body.take(if version == 0 { 2 } else { 4 })?;
        for mut entry in Boxes(body).filter(|entry| entry.name == *b"infe").map(|entry| entry.body) {
            let (version, _) = entry.version()?;
            let id = id(&mut entry, version > 2)?;
            entry.take(2)?;
            // Before version 2 an item was not a picture.
            let kind = if version < 2 { *b"none" } else { entry.name()? };
            push(&mut self.kinds, (id, kind))?;
        }
        Some(())
    }

    fn read_locations(&mut self, mut body: Bytes<'a>) -> Option<()> {
        let (version, _) = body.version()?;
        let (first, second) = (body.u8()?, body.u8()?);
        let [offset, length, base, index] = [first >> 4, first & 15, second >> 4, second & 15].map(usize::from);
        let sizes = Sizes { index: if version == 0 { 0 } else { index }, offset, length };
        let count = body.number(if version < 2 { 2 } else { 4 })?;
        for _ in 0..count {
            let id = id(&mut body, version >= 2)?;
            let method = if version == 0 { 0 } else { body.u16()? & 15 };
            body.take(2)?;
            let base = body.number(base)?;
            let extents = usize::from(body.u16()?);
            let extents = Bytes(body.take(extents * sizes.bytes())?);
            push(&mut self.locations, (id, Location { method, base, sizes, extents }))?;
        }
        Some(())
    }

    fn read_inputs(&mut self, mut body: Bytes<'a>) -> Option<()> {
        let (version, _) = body.version()?;
        for mut list in Boxes(body).filter(|list| list.name == *b"dimg").map(|list| list.body) {
            let from = id(&mut list, version > 0)?;
            let count = usize::from(list.u16()?);
            if count > MAX_ENTRIES {
                return None;
            }
            let inputs = (0..count).map(|_| id(&mut list, version > 0)).collect::<Option<_>>()?;
            push(&mut self.inputs, (from, inputs))?;
        }
        Some(())
    }

    fn read_associations(&mut self, mut body: Bytes<'a>) -> Option<()> {
        let (version, flags) = body.version()?;
        for _ in 0..body.u32()? {
            let id = id(&mut body, version > 0)?;
            let count = body.u8()?;
            // The topmost bit says that a reader must know the property.
            let number = |body: &mut Bytes<'_>| {
                if flags & 1 == 0 {
                    body.u8().map(|number| u16::from(number & 0x7F))
                } else {
                    Some(body.u16()? & 0x7FFF)
                }
            };
            let numbers = (0..count).map(|_| number(&mut body)).collect::<Option<_>>()?;
            push(&mut self.associations, (id, numbers))?;
        }
        Some(())
    }
}

impl Sizes {
    fn bytes(self) -> usize {
        self.index + self.offset + self.length
    }

    fn extent(self, extents: &mut Bytes<'_>) -> Option<(u64, u64)> {
        extents.take(self.index)?;
        Some((extents.number(self.offset)?, extents.number(self.length)?))
    }
}

fn id(body: &mut Bytes<'_>, is_wide: bool) -> Option<u32> {
    body.number(if is_wide { 4 } else { 2 }).map(|id| id as u32)
}

fn push<T>(list: &mut Vec<T>, entry: T) -> Option<()> {
    (list.len() < MAX_ENTRIES).then(|| list.push(entry))
}

fn of<T>(list: &[(u32, T)], id: u32) -> Option<&T> {
    list.iter().find(|(other, _)| *other == id).map(|(_, entry)| entry)
}
