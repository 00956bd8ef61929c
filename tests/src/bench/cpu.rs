//! CPU time, which is nearly the same on a busy machine as on a quiet one, and memory, as the kernel counts them.

use rustix::time::{ClockId, clock_gettime};

/// CPU time that a piece of work took on this thread, in milliseconds, the kernel's part included.
pub(crate) fn of<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let before = thread();
    let done = work();
    (thread() - before, done)
}

/// CPU time of this thread until now, in milliseconds.
pub(crate) fn thread() -> f64 {
    milliseconds(ClockId::ThreadCPUTime)
}

/// CPU time of this whole process until now, in milliseconds.
pub(crate) fn process() -> f64 {
    milliseconds(ClockId::ProcessCPUTime)
}

fn milliseconds(of: ClockId) -> f64 {
    let now = clock_gettime(of);
    now.tv_sec as f64 * 1e3 + now.tv_nsec as f64 / 1e6
}

/// CPU time of a whole process until now, in milliseconds. It comes in ticks of 10 ms: measure long.
pub(crate) fn of_process(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("the process runs");
    // The second field is the program's name in brackets and may hold spaces; utime and stime are fields 14 and 15.
    let (_, rest) = stat.rsplit_once(')').expect("proc(5)");
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let ticks = |n: usize| fields[n - 3].parse::<f64>().expect("proc(5)");
    // USER_HZ is 100 on every architecture that this runs on.
    (ticks(14) + ticks(15)) * 10.0
}

/// CPU time of the threads that a process has now, in milliseconds, to the nanosecond; for moments in which none ends.
pub(crate) fn of_threads(pid: u32) -> f64 {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).expect("the process runs");
    let told = threads.flatten().filter_map(|thread| std::fs::read_to_string(thread.path().join("schedstat")).ok());
    let ran = |told: String| told.split_whitespace().next()?.parse::<f64>().ok();
    told.filter_map(ran).sum::<f64>() / 1e6
}

/// A line of a process's status in MB (10^6 bytes): `VmRSS` for now, `VmHWM` for the peak.
pub(crate) fn memory(process: &str, line: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("the process runs");
    let found = status.lines().find_map(|l| l.strip_prefix(line)?.strip_prefix(':'));
    let kib: f64 = found.and_then(|l| l.split_whitespace().next()?.parse().ok()).expect("proc(5)");
    kib * 1024.0 / 1e6
}
