// Processors and memory from what the kernel's files say: given contents, no real control groups.

import Testing

@testable import Threads

@Suite struct MachineResourcesTests {
    private static let version2 = [
        "/proc/self/mountinfo": "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"
    ]
    private static let version1 = [
        "/proc/self/mountinfo": """
        31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755
        32 31 0:29 /docker/abc /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
        35 31 0:32 /docker/abc /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
        41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
        """
    ]

    private static func groups(_ mounts: [String: String], _ files: [String: String]) -> ControlGroups {
        let all = mounts.merging(files) { $1 }
        return ControlGroups { all[$0] }
    }

    @Test("version 2: quota and limit of the group that a container sees as the root")
    func container() {
        let found = Self.groups(
            Self.version2,
            [
                "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": "150000 100000\n",
                "/sys/fs/cgroup/memory.max": "536870912\n",
            ])
        #expect(found.processorQuota == 1.5)
        #expect(found.memoryBytes == 512 << 20)
    }

    @Test("version 2: the groups above bound, too, and max is no bound")
    func nested() {
        let found = Self.groups(
            Self.version2,
            [
                "/proc/self/cgroup": "0::/system.slice/millrace.service\n",
                "/sys/fs/cgroup/system.slice/millrace.service/cpu.max": "max 100000\n",
                "/sys/fs/cgroup/system.slice/millrace.service/memory.max": "1073741824\n",
                "/sys/fs/cgroup/system.slice/cpu.max": "400000 100000\n",
                "/sys/fs/cgroup/system.slice/memory.max": "max\n",
            ])
        #expect(found.processorQuota == 4)
        #expect(found.memoryBytes == 1 << 30)
    }

    @Test("version 1: the path below the mounted root; -1 and the largest page are no bounds")
    func version1() {
        let groups = "9:name=systemd:/docker/abc\n4:memory:/docker/abc\n1:cpu,cpuacct:/docker/abc\n0::/docker/abc\n"
        let bounded = Self.groups(
            Self.version1,
            [
                "/proc/self/cgroup": groups,
                "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "50000\n",
                "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
                "/sys/fs/cgroup/memory/memory.limit_in_bytes": "268435456\n",
            ])
        #expect(bounded.processorQuota == 0.5)
        #expect(bounded.memoryBytes == 256 << 20)
        let free = Self.groups(
            Self.version1,
            [
                "/proc/self/cgroup": groups, "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "-1\n",
                "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
                "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
            ])
        #expect(free.processorQuota == nil)
        #expect(free.memoryBytes == nil)
    }

    @Test("a path outside of what is mounted: the mount point's own files count")
    func outside() {
        let found = Self.groups(
            Self.version2,
            ["/proc/self/cgroup": "0::/../other\n", "/sys/fs/cgroup/memory.max": "1000000\n"])
        #expect(found.memoryBytes == 1_000_000)
    }

    @Test(
        "files that are missing or say nonsense bound nothing",
        arguments: ["", "0::/", "garbage\n::\n0:", "0::/a\n1:cpu"])
    func nonsense(_ groups: String) {
        for maximum in ["", "max", "-5 100000", "1 0", "x y", "1"] {
            let found = Self.groups(
                Self.version2,
                ["/proc/self/cgroup": groups, "/sys/fs/cgroup/cpu.max": maximum, "/sys/fs/cgroup/memory.max": "0"])
            #expect(found.processorQuota == nil)
            #expect(found.memoryBytes == nil)
        }
        #expect(ControlGroups { _ in nil }.memoryBytes == nil)
    }

    @Test("the smallest bound counts; a part of a processor is one thread")
    func combined() {
        func resources(_ quota: Double?, _ memory: Int?) -> MachineResources {
            MachineResources(processors: 64, machineMemoryBytes: 1 << 34, quota: quota, groupMemoryBytes: memory)
        }
        #expect(resources(nil, nil).processorCount == 64)
        #expect(resources(1.5, nil).processorCount == 2)
        #expect(resources(0.1, nil).processorCount == 1)
        #expect(resources(100, nil).processorCount == 64)
        #expect(resources(nil, 1 << 29).memoryBytes == 1 << 29)
        #expect(resources(nil, 1 << 29).memoryBound == .controlGroup)
        #expect(resources(nil, 1 << 40).memoryBytes == 1 << 34)
        #expect(resources(nil, 1 << 40).memoryBound == .machine)
    }

    @Test("this process has something")
    func current() {
        let found = MachineResources.current()
        #expect(found.processorCount >= 1)
        #expect(found.memoryBytes > 64 << 20)
    }
}
