//! The options of `liveness prepare`.

use std::{num::NonZeroUsize, path::PathBuf};

use clap::Args;
use liveness::photo::{PhotoSpec, Preparer};

use crate::{language::Chinese, value::number};

/// Prepare photos for the Tencent cloud market: upright, long side at most 1280 px, at most 100,000 bytes
#[derive(Args, Debug)]
#[command(after_help = AFTER)]
pub(crate) struct Options {
    /// Photos, and folders that are looked through for photos; - is standard input
    #[arg(value_name = "FILE|FOLDER", required = true)]
    pub(super) inputs: Vec<PathBuf>,
    /// The folder for prepared photos, which keep their relative paths; for a single photo also a .jpg file, or - for standard output
    #[arg(long, short, value_name = "FOLDER|FILE.jpg|-")]
    pub(super) out: Option<PathBuf>,
    /// How many photos to process at once; defaults to the number of processors
    #[arg(long, short, value_name = "NUMBER", value_parser = number::<usize>(1, 1024))]
    pub(super) jobs: Option<usize>,
    /// Write an HTML page that shows each photo before and after
    #[arg(long, value_name = "FILE")]
    pub(super) contact_sheet: Option<PathBuf>,
    /// Accept photos whose last rows are missing
    #[arg(long)]
    pub(super) accept_truncated: bool,
    /// Print one line of JSON for each photo instead of the table
    #[arg(long)]
    pub(super) json: bool,
}

const AFTER: &str = "\
Without --out no file is written; the table shows the result for each photo.
With --out - the photo goes to standard output, and the table to standard error.

Exit code: 0 all were prepared; 1 some were refused; 2 error or wrong usage. If the output pipe is closed, it
ends early unless it has files to write; the exit code is that of the photos reported so far.

Examples:
  liveness prepare me.jpg                                     show the result only
  liveness prepare me.png -o ready.jpg                        one photo
  liveness prepare photos/ --out ready/ --contact-sheet sheet.html
  curl -s https://… | liveness prepare - -o - > ready.jpg     through a pipe
  liveness prepare photos/ --json | jq 'select(.prepared | not)'";

/// The same in Chinese.
pub(crate) const CHINESE: Chinese = Chinese {
    command: "prepare",
    about: "按腾讯云市场的要求处理照片：摆正方向，长边不超过 1280 像素，不超过 100,000 字节",
    arguments: &[
        ("inputs", "照片，或在其中查找照片的文件夹；- 表示标准输入"),
        ("out", "处理后照片的文件夹，保持相对路径；仅一张照片时也可为 .jpg 文件，或 - 表示标准输出"),
        ("jobs", "同时处理的照片数；默认等于处理器数"),
        ("contact_sheet", "写出 HTML 页面，逐张对比处理前后"),
        ("accept_truncated", "接受不完整的照片（文件末尾缺失）"),
        ("json", "每张照片输出一行 JSON，不输出表格"),
    ],
    after: "\
不带 --out 时不写任何文件，表格说明每张照片的处理结果。
--out - 时照片写到标准输出，表格写到标准错误。

退出码：0 全部处理成功；1 部分照片被拒绝；2 出错或用法有误。输出管道关闭且没有文件要写时提前结束，退出码按已输出的照片计算。

示例：
  liveness prepare me.jpg                                     只看结果，不写文件
  liveness prepare me.png -o ready.jpg                        单张照片
  liveness prepare photos/ --out ready/ --contact-sheet sheet.html
  curl -s https://… | liveness prepare - -o - > ready.jpg     通过管道
  liveness prepare photos/ --json | jq 'select(.prepared | not)'",
};

impl Options {
    pub(super) fn preparer(&self) -> Preparer {
        Preparer::new(PhotoSpec::TENCENT_MARKET).with_truncated_accepted(self.accept_truncated)
    }

    pub(super) fn threads(&self) -> usize {
        self.jobs.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, NonZeroUsize::get))
    }
}
