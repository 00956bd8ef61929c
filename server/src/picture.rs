//! A picture as officers see it: decoded and encoded anew, so that nothing of the file that a stranger sent reaches a
//! browser of the office. Width, height and memory are bounded before anything is decoded.

use dossier::layout::PaperKind;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits, Rgb, RgbImage};
use std::io::Cursor;

/// What a good phone takes; the largest one costs 160 MB while it is decoded.
const PIXELS_MAX: u64 = 40_000_000;
const BYTES_MAX: u64 = PIXELS_MAX * 4;
/// The longer side of what is shown: an A4 page at 250 dots an inch.
const SIDE: u32 = 2_900;
const QUALITY: u8 = 85;

/// Why there is nothing to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoPicture {
    /// It is of a kind that is not decoded here.
    Kind,
    TooLarge,
    Unreadable,
}

/// The picture in a file, upright, as a JPEG of our own.
pub(crate) fn made_anew(kind: PaperKind, bytes: &[u8]) -> Result<Vec<u8>, NoPicture> {
    let format = match kind {
        PaperKind::Jpeg => ImageFormat::Jpeg,
        PaperKind::Png => ImageFormat::Png,
        PaperKind::Pdf => return Err(NoPicture::Kind),
    };
    let picture = decode(format, bytes)?;
    let small = picture.width().max(picture.height()) <= SIDE;
    let picture = if small { picture } else { picture.thumbnail(SIDE, SIDE) };
    let mut jpeg = Vec::new();
    let written = JpegEncoder::new_with_quality(&mut jpeg, QUALITY).encode_image(&on_white(picture));
    written.map(|()| jpeg).map_err(|_| NoPicture::Unreadable)
}

fn decode(format: ImageFormat, bytes: &[u8]) -> Result<DynamicImage, NoPicture> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(BYTES_MAX * 2);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|_| NoPicture::Unreadable)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > PIXELS_MAX || decoder.total_bytes() > BYTES_MAX {
        return Err(NoPicture::TooLarge);
    }
    let orientation = decoder.orientation();
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|_| NoPicture::Unreadable)?;
    if let Ok(orientation) = orientation {
        picture.apply_orientation(orientation);
    }
    Ok(picture)
}

/// Paper is white where a file is transparent; a JPEG would make it black.
fn on_white(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let from = picture.into_rgba8();
    let mix = |over: u8, alpha: u8| ((u16::from(over) * u16::from(alpha) + 255 * (255 - u16::from(alpha))) / 255) as u8;
    RgbImage::from_fn(from.width(), from.height(), |x, y| {
        let [r, g, b, a] = from.get_pixel(x, y).0;
        Rgb([mix(r, a), mix(g, a), mix(b, a)])
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use image::{GenericImageView as _, Rgba, RgbaImage};

    /// A PNG with something behind its picture that no browser must get.
    pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        let picture = RgbaImage::from_fn(width, height, |x, _| Rgba([x as u8, 0, 0, if x == 0 { 0 } else { 255 }]));
        picture.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
        bytes.extend_from_slice(b"<script>alert(1)</script>");
        bytes
    }

    /// A PNG that says how large it is and holds nothing.
    fn empty_png(width: u32, height: u32) -> Vec<u8> {
        let mut header = b"IHDR".to_vec();
        header.extend_from_slice(&width.to_be_bytes());
        header.extend_from_slice(&height.to_be_bytes());
        header.extend_from_slice(&[8, 2, 0, 0, 0]);
        let crc = header.iter().fold(!0_u32, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & 0_u32.wrapping_sub(crc & 1)))
        });
        let bytes = [b"\x89PNG\r\n\x1a\n".as_slice(), &13_u32.to_be_bytes(), &header, &(!crc).to_be_bytes()];
        [bytes.concat(), [0, 0, 0, 0].to_vec(), b"IDAT".to_vec()].concat()
    }

    #[test]
    fn a_picture_is_made_anew_and_keeps_nothing_of_the_file() {
        let made = made_anew(PaperKind::Png, &png(60, 40)).unwrap();
        assert_eq!(PaperKind::of(&made), Some(PaperKind::Jpeg));
        assert!(!made.windows(8).any(|w| w == b"<script>"));
        let read = image::load_from_memory(&made).unwrap();
        assert_eq!(read.dimensions(), (60, 40));
        assert!(read.get_pixel(0, 0).0[1] > 100, "white where it was transparent");
    }

    #[test]
    fn a_large_picture_is_shown_smaller() {
        for (width, shown) in [(SIDE, SIDE), (SIDE + 1, SIDE), (SIDE * 2, SIDE)] {
            let made = made_anew(PaperKind::Png, &png(width, 10)).unwrap();
            assert_eq!(image::load_from_memory(&made).unwrap().width(), shown);
        }
    }

    #[test]
    fn more_pixels_than_40_million_are_not_decoded() {
        assert_eq!(made_anew(PaperKind::Png, &empty_png(8_000, 5_000)), Err(NoPicture::Unreadable), "its end lacks");
        assert_eq!(made_anew(PaperKind::Png, &empty_png(8_000, 5_001)), Err(NoPicture::TooLarge));
        assert!(made_anew(PaperKind::Png, &empty_png(u32::MAX / 2, u32::MAX / 2)).is_err());
    }

    #[test]
    fn what_is_no_picture_is_told() {
        for (kind, bytes) in [
            (PaperKind::Jpeg, b"\xff\xd8\xff\xe0 a photograph".as_slice()),
            (PaperKind::Png, b"\x89PNG\r\n\x1a\n a small paper"),
            (PaperKind::Png, &png(60, 40)[..90]),
            (PaperKind::Jpeg, &png(60, 40)),
        ] {
            assert_eq!(made_anew(kind, bytes), Err(NoPicture::Unreadable));
        }
        assert_eq!(made_anew(PaperKind::Pdf, b"%PDF-1.7"), Err(NoPicture::Kind));
    }
}
