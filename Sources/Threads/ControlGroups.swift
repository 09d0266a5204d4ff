// The limits of Linux control groups, version 1 and 2, read from the kernel's files.

/// The limits of the control groups that a process is in, those above them included: each level's limit holds.
struct ControlGroups {
    /// How many processors' time the process may use; `nil` where nothing bounds it.
    let processorQuota: Double?
    /// How much memory the process may use, in bytes; `nil` where nothing bounds it.
    let memoryBytes: Int?

    /// Version 1 writes "no limit" as the largest multiple of a page.
    private static let unlimitedBytes = 1 << 60

    /// Reads the limits; `read` gives a file's content, or `nil`.
    init(read: (String) -> String?) {
        let mounts = Self.mounts(read("/proc/self/mountinfo") ?? "")
        var (quotas, limits): ([Double], [Int]) = ([], [])
        for line in (read("/proc/self/cgroup") ?? "").split(separator: "\n") {
            // `4:memory:/path` of version 1, `0::/path` of version 2. The path may have colons.
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            let controllers = parts[1].split(separator: ",")
            for mount in mounts where mount.serves(controllers) {
                for folder in mount.folders(of: parts[2]) {
                    if controllers.isEmpty {
                        if let quota = Self.quota(read("\(folder)/cpu.max")) { quotas.append(quota) }
                        if let limit = Self.limit(read("\(folder)/memory.max")) { limits.append(limit) }
                    }
                    if controllers.contains("cpu"), let quota = Self.number(read("\(folder)/cpu.cfs_quota_us")),
                        let period = Self.number(read("\(folder)/cpu.cfs_period_us")), quota > 0, period > 0
                    {
                        quotas.append(Double(quota) / Double(period))
                    }
                    if controllers.contains("memory"),
                        let limit = Self.limit(read("\(folder)/memory.limit_in_bytes"))
                    {
                        limits.append(limit)
                    }
                }
            }
        }
        processorQuota = quotas.min()
        memoryBytes = limits.min()
    }

    // MARK: Values

    /// `200000 100000`, or `max 100000` where there is none.
    private static func quota(_ text: String?) -> Double? {
        let words = (text ?? "").split(whereSeparator: \.isWhitespace)
        guard words.count == 2, let quota = Int(words[0]), let period = Int(words[1]), quota > 0, period > 0 else {
            return nil
        }
        return Double(quota) / Double(period)
    }

    private static func limit(_ text: String?) -> Int? {
        guard let bytes = number(text), bytes > 0, bytes < unlimitedBytes else { return nil }
        return bytes
    }

    private static func number(_ text: String?) -> Int? {
        (text ?? "").split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) }
    }

    // MARK: Mounts

    /// A mounted hierarchy of control groups.
    private struct Mount {
        /// The group that is seen at the mount point: `/` unless a container sees its own part alone.
        let root: Substring
        let point: Substring
        let isVersion2: Bool
        /// The file system's options, among them version 1's controllers.
        let options: [Substring]

        func serves(_ controllers: [Substring]) -> Bool {
            controllers.isEmpty ? isVersion2 : !isVersion2 && controllers.contains { options.contains($0) }
        }

        /// The folders of a group and of all groups above it that can be seen.
        func folders(of path: Substring) -> [String] {
            var names = path.split(separator: "/")
            let above = root.split(separator: "/")
            // A group outside of what is mounted, as in a container without a namespace for groups: its own files then
            // stand at the mount point.
            if names.starts(with: above) { names.removeFirst(above.count) } else { names = [] }
            if names.contains("..") { names = [] }
            return (0...names.count).map { count in
                ([String(point)] + names.prefix(count).map(String.init)).joined(separator: "/")
            }
        }
    }

    /// `35 31 0:32 /root /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory`.
    private static func mounts(_ text: String) -> [Mount] {
        text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard let dash = words.firstIndex(of: "-"), dash >= 5, words.count > dash + 3 else { return nil }
            let type = words[dash + 1]
            guard type == "cgroup" || type == "cgroup2" else { return nil }
            return Mount(
                root: words[3], point: words[4], isVersion2: type == "cgroup2",
                options: words[dash + 3].split(separator: ","))
        }
    }
}
