//! HEIC files around pictures that x265 coded (`heic/make.py`), made by code: any properties, grids, companions.

/// The scene of 120×72 px.
pub(crate) const SCENE: &[u8] = include_bytes!("heic/scene.heic");
/// The same at 10 bits a sample.
pub(crate) const DEEP: &[u8] = include_bytes!("heic/deep.heic");
/// The same with full chroma.
pub(crate) const FULL: &[u8] = include_bytes!("heic/full.heic");
/// The same without colour.
pub(crate) const GREY: &[u8] = include_bytes!("heic/grey.heic");
/// The same in BT.709 between 16 and 235.
pub(crate) const VIDEO: &[u8] = include_bytes!("heic/video.heic");
/// The same with Display P3's values.
pub(crate) const P3: &[u8] = include_bytes!("heic/p3.heic");
/// The same as a grid of four tiles of 64×64 px, as libheif writes it.
pub(crate) const GRID: &[u8] = include_bytes!("heic/grid.heic");
/// Width and height of all of them.
pub(crate) const SIZE: (u32, u32) = (120, 72);

/// A property by its name.
pub(crate) type Property = ([u8; 4], Vec<u8>);

/// A file to be made.
#[derive(Clone, Debug)]
pub(crate) struct Heic {
    /// The four letters behind `ftyp`.
    pub(crate) brand: [u8; 4],
    /// The coded pictures, each with its units' lengths before them; several make a grid.
    pub(crate) tiles: Vec<Vec<u8>>,
    /// Columns, rows, width and height of the grid, if there is one.
    pub(crate) grid: Option<(u8, u8, u32, u32)>,
    /// Of the picture that is shown.
    pub(crate) properties: Vec<Property>,
    /// Of each tile, if there is a grid.
    pub(crate) tile_properties: Vec<Property>,
    /// An EXIF block.
    pub(crate) exif: Option<Vec<u8>>,
    /// A picture that is not shown: kind of reference to the primary, properties, data.
    pub(crate) companions: Vec<([u8; 4], Vec<Property>, Vec<u8>)>,
}

impl Heic {
    /// One coded picture with its size and configuration and no other property.
    pub(crate) fn of(fixture: &[u8]) -> Self {
        Self {
            brand: *b"heic",
            tiles: vec![content(fixture, b"mdat")],
            grid: None,
            properties: vec![ispe(SIZE), (*b"hvcC", content(fixture, b"hvcC"))],
            tile_properties: Vec::new(),
            exif: None,
            companions: Vec::new(),
        }
    }

    /// The grid's four tiles, shown at `size`.
    pub(crate) fn grid(size: (u32, u32)) -> Self {
        let data = content(GRID, b"mdat");
        let mut tiles = Vec::new();
        let mut rest = &data[..];
        while let Some((length, units)) = rest.split_first_chunk::<4>() {
            let end = 4 + u32::from_be_bytes(*length) as usize;
            // Each tile is one unit.
            tiles.push(rest[..end].to_vec());
            rest = &units[end - 4..];
        }
        assert_eq!(tiles.len(), 4);
        Self {
            tiles,
            grid: Some((2, 2, size.0, size.1)),
            properties: vec![ispe(size)],
            tile_properties: vec![ispe((64, 64)), (*b"hvcC", content(GRID, b"hvcC"))],
            ..Self::of(SCENE)
        }
    }

    pub(crate) fn with(mut self, name: &[u8; 4], body: impl Into<Vec<u8>>) -> Self {
        self.properties.push((*name, body.into()));
        self
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let ftyp = boxed(b"ftyp", &[&self.brand[..], &[0; 4], b"mif1heic"].concat());
        // Offsets count from the file's start, and do not change the size of what states them.
        let start = ftyp.len() + self.meta(0).len() + 8;
        let data: Vec<u8> = self.parts().concat();
        [ftyp, self.meta(start as u32), boxed(b"mdat", &data)].concat()
    }

    /// The data of the items behind the primary's number, or of it.
    fn parts(&self) -> Vec<Vec<u8>> {
        let exif = self.exif.iter().map(|tiff| [&[0; 4], &tiff[..]].concat());
        let companions = self.companions.iter().map(|(_, _, data)| data.clone());
        self.tiles.iter().cloned().chain(companions).chain(exif).collect()
    }

    fn meta(&self, start: u32) -> Vec<u8> {
        let parts = self.parts();
        // The primary is 1; the coded pictures of a grid come after it.
        let first = if self.grid.is_some() { 2 } else { 1 };
        let mut kinds: Vec<(u16, &[u8; 4])> = self.grid.iter().map(|_| (1, b"grid")).collect();
        let coded = self.tiles.len() + self.companions.len();
        kinds.extend((0..parts.len()).map(|at| (first + at as u16, if at < coded { b"hvc1" } else { b"Exif" })));
        let infe = |&(id, kind): &(u16, &[u8; 4])| {
            boxed(b"infe", &[&[2, 0, 0, 0][..], &id.to_be_bytes(), &[0, 0], kind, &[0]].concat())
        };
        let infes = kinds.iter().flat_map(infe).collect::<Vec<u8>>();
        let iinf = boxed(b"iinf", &[&[0; 4][..], &(kinds.len() as u16).to_be_bytes(), &infes].concat());

        let mut iloc = [&[1, 0, 0, 0, 0x44, 0][..], &(kinds.len() as u16).to_be_bytes()].concat();
        let mut place = |id: u16, method: u8, offset: u32, length: usize| {
            iloc.extend([&id.to_be_bytes()[..], &[0, method, 0, 0, 0, 1], &offset.to_be_bytes()].concat());
            iloc.extend((length as u32).to_be_bytes());
        };
        let mut idat = Vec::new();
        if let Some((columns, rows, width, height)) = self.grid {
            idat = [&[0, 1, rows - 1, columns - 1][..], &width.to_be_bytes(), &height.to_be_bytes()].concat();
            place(1, 1, 0, idat.len());
        }
        let mut offset = start;
        for (at, part) in parts.iter().enumerate() {
            place(first + at as u16, 0, offset, part.len());
            offset += part.len() as u32;
        }

        let mut iref = vec![0; 4];
        let mut refer = |name: &[u8; 4], from: u16, to: &[u16]| {
            let to: Vec<u8> = to.iter().flat_map(|id| id.to_be_bytes()).collect();
            iref.extend(boxed(name, &[&from.to_be_bytes()[..], &((to.len() / 2) as u16).to_be_bytes(), &to].concat()));
        };
        if self.grid.is_some() {
            refer(b"dimg", 1, &(0..self.tiles.len()).map(|at| first + at as u16).collect::<Vec<_>>());
        }
        for (at, (kind, ..)) in self.companions.iter().enumerate() {
            refer(kind, first + (self.tiles.len() + at) as u16, &[1]);
        }
        if self.exif.is_some() {
            refer(b"cdsc", first + (parts.len() - 1) as u16, &[1]);
        }

        let mut ipco = Vec::new();
        let mut ipma = Vec::new();
        let mut known = Vec::new();
        let mut own = |id: u16, properties: &[Property]| {
            ipma.extend(id.to_be_bytes());
            ipma.push(properties.len() as u8);
            for property in properties {
                let at = known.iter().position(|other| other == property).unwrap_or_else(|| {
                    ipco.extend(boxed(&property.0, &property.1));
                    known.push(property.clone());
                    known.len() - 1
                });
                ipma.push(at as u8 + 1);
            }
        };
        own(1, &self.properties);
        for at in 0..parts.len() - usize::from(self.exif.is_some()) {
            let id = first + at as u16;
            match at.checked_sub(self.tiles.len()) {
                Some(companion) => own(id, &self.companions[companion].1),
                None if self.grid.is_some() => own(id, &self.tile_properties),
                None => {}
            }
        }
        let owners = 1 + parts.len() - usize::from(self.exif.is_some()) - usize::from(self.grid.is_none());
        let ipma = boxed(b"ipma", &[&[0; 4][..], &(owners as u32).to_be_bytes(), &ipma].concat());
        let iprp = boxed(b"iprp", &[boxed(b"ipco", &ipco), ipma].concat());
        let hdlr = boxed(b"hdlr", &[&[0; 8][..], b"pict", &[0; 13]].concat());
        let pitm = boxed(b"pitm", &[0, 0, 0, 0, 0, 1]);
        let boxes = [hdlr, pitm, iinf, boxed(b"iloc", &iloc), boxed(b"iref", &iref), iprp, boxed(b"idat", &idat)];
        boxed(b"meta", &[&[0; 4], &boxes.concat()[..]].concat())
    }
}

pub(crate) fn ispe((width, height): (u32, u32)) -> Property {
    (*b"ispe", [&[0; 4][..], &width.to_be_bytes(), &height.to_be_bytes()].concat())
}

/// The colours by their code points.
pub(crate) fn nclx(primaries: u16, transfer: u16, matrix: u16, is_full_range: bool) -> Vec<u8> {
    let points = [primaries, transfer, matrix].map(u16::to_be_bytes).concat();
    [b"nclx", &points[..], &[u8::from(is_full_range) << 7]].concat()
}

/// A crop to so many px, its centre so far from the picture's.
pub(crate) fn clap((width, height): (u32, u32), (dx, dy): (i32, i32)) -> Vec<u8> {
    [width, 1, height, 1, dx.cast_unsigned(), 1, dy.cast_unsigned(), 1].map(u32::to_be_bytes).concat()
}

pub(crate) fn boxed(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    [&(8 + body.len() as u32).to_be_bytes()[..], name, body].concat()
}

/// The content of the first box of that name.
pub(crate) fn content(file: &[u8], name: &[u8; 4]) -> Vec<u8> {
    let at = file.windows(4).position(|four| four == name).expect("the box is there");
    let size = u32::from_be_bytes(file[at - 4..at].try_into().expect("four bytes")) as usize;
    file[at + 4..at - 4 + size].to_vec()
}
