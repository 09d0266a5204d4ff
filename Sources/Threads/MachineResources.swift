// How many processors and how much memory this process may use: affinity, control groups, the machine.

import CPlatform

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// What the machine, or the container that the process runs in, has for it.
package struct MachineResources: Equatable, Sendable {
    /// Where a bound on memory comes from.
    package enum MemoryBound: String, Sendable {
        case machine
        case controlGroup = "control group"
    }

    /// How many threads can run at once: the processors that the process may use, cut to the control group's quota. At
    /// least 1.
    package var processorCount: Int
    /// How much memory there is for the process, in bytes.
    package var memoryBytes: Int
    /// Whether that is the machine's memory or a control group's limit.
    package var memoryBound: MemoryBound

    /// What this process has now.
    package static func current() -> MachineResources {
        let groups = ControlGroups(read: readFile)
        return MachineResources(
            processors: allowedProcessors(), machineMemoryBytes: machineMemory(), quota: groups.processorQuota,
            groupMemoryBytes: groups.memoryBytes)
    }

    /// Combines what the system says; the smallest bound counts.
    init(processors: Int, machineMemoryBytes: Int, quota: Double?, groupMemoryBytes: Int?) {
        // Half a processor more is worth a thread: it is throttled only while all of them are busy.
        let quotaCount = quota.map { max(1, Int($0.rounded(.up))) } ?? Int.max
        processorCount = max(1, min(processors, quotaCount))
        if let groupMemoryBytes, groupMemoryBytes < machineMemoryBytes {
            (memoryBytes, memoryBound) = (groupMemoryBytes, .controlGroup)
        } else {
            (memoryBytes, memoryBound) = (machineMemoryBytes, .machine)
        }
    }

    /// The processors that this thread may run on: `taskset` and a container's processor set count.
    private static func allowedProcessors() -> Int {
        let allowed = Int(platform_allowed_processors())
        if allowed > 0 { return allowed }
        return Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    }

    private static func machineMemory() -> Int {
        #if canImport(Darwin)
        var bytes: UInt64 = 0
        var size = MemoryLayout<UInt64>.size
        guard sysctlbyname("hw.memsize", &bytes, &size, nil, 0) == 0 else { return 1 << 30 }
        return Int(clamping: bytes)
        #else
        let (pages, size) = (sysconf(Int32(_SC_PHYS_PAGES)), sysconf(Int32(_SC_PAGESIZE)))
        return pages > 0 && size > 0 ? pages * size : 1 << 30
        #endif
    }

    /// A small text file of the kernel; `nil` where it can't be read.
    private static func readFile(_ path: String) -> String? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 18)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}
