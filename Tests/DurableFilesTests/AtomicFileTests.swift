import CPlatform
import DurableFiles
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

private let kind = FileKind("test-file", version: 2)
private let payload = Array(#"{"id":"one"}"#.utf8)

@Suite struct ChecksumTests {
    /// The check value that the catalogue of CRCs names, and lengths around the eight bytes of the fast form.
    @Test func crc32c() {
        #expect(Checksum.crc32c(Array("123456789".utf8)) == 0xE306_9283)
        #expect(Checksum.crc32c([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        let bytes = (0..<100).map { UInt8(truncatingIfNeeded: $0 &* 37) }
        for length in 0...100 {
            let fast = Checksum.crc32c(bytes[..<length])
            let portable = bytes.withUnsafeBytes { platform_crc32c_portable(0, $0.baseAddress!, length) }
            #expect(fast == portable)
            #expect(
                Checksum.crc32c(bytes[(length / 3)..<length], continuing: Checksum.crc32c(bytes[..<(length / 3)]))
                    == fast)
        }
    }
}

@Suite struct AtomicFileTests {
    @Test func writesAndReads() throws {
        try withTemporaryFolder { directory in
            let disk = RealDisk()
            let path = directory + "/one"
            try AtomicFile.write(path, kind: kind, bytes: payload, disk: disk)
            let content = try AtomicFile.read(path, kind: kind, disk: disk)
            #expect(content.version == 2)
            #expect(content.bytes == payload)
            #expect(try disk.list(directory) == ["one"])
            // Readable after one line.
            let text = String(decoding: try disk.readWhole(path), as: UTF8.self)
            #expect(text.hasPrefix("millrace test-file 2 00000000000000000012 "))
            #expect(text.hasSuffix("\n" + #"{"id":"one"}"#))
            try AtomicFile.write(directory + "/empty", kind: kind, bytes: [], disk: disk)
            #expect(try AtomicFile.read(directory + "/empty", kind: kind, disk: disk).bytes == [])
        }
    }

    @Test func neverReplaces() throws {
        try withTemporaryFolder { directory in
            let disk = RealDisk()
            let path = directory + "/one"
            try AtomicFile.write(path, kind: kind, bytes: payload, disk: disk)
            let error = #expect(throws: DurabilityError.self) {
                try AtomicFile.write(path, kind: kind, bytes: [1], disk: disk)
            }
            #expect(error?.fault == .alreadyExists)
            #expect(error?.errorName == "EEXIST")
            #expect(try AtomicFile.read(path, kind: kind, disk: disk).bytes == payload)
            #expect(try disk.list(directory) == ["one"])
        }
    }

    @Test func bigFileInPieces() throws {
        let disk = FaultyDisk()
        let writer = try AtomicFileWriter("/big", kind: kind, disk: disk)
        var expected: [UInt8] = []
        for size in [1, 100_000, 300_000, 0, 262_144, 7] {
            let piece = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ size) }
            expected += piece
            try writer.append(piece)
        }
        #expect(disk.content(of: "/big") == nil)
        try writer.publish()
        #expect(throws: DurabilityError.self) { try writer.append([1]) }
        disk.restart(.nothing)
        #expect(try AtomicFile.read("/big", kind: kind, disk: disk).bytes == expected)
        let reader = try AtomicFileReader("/big", kind: kind, disk: disk)
        var found: [UInt8] = []
        while let piece = try reader.next(maximumBytes: 10_000) { found += piece }
        #expect(found == expected)
    }

    @Test func unpublishedFileLeavesNothing() throws {
        try withTemporaryFolder { directory in
            let disk = RealDisk()
            do {
                let writer = try AtomicFileWriter(directory + "/one", kind: kind, disk: disk)
                try writer.append(payload)
                #expect(try disk.list(directory).count == 1)
            }
            #expect(try disk.list(directory) == [])
        }
    }

    @Test func refusesOtherKindsAndNewerVersions() throws {
        let disk = FaultyDisk()
        try AtomicFile.write("/one", kind: kind, bytes: payload, disk: disk)
        let other = #expect(throws: DurabilityError.self) {
            try AtomicFile.read("/one", kind: FileKind("other", version: 2), disk: disk)
        }
        #expect(other?.fault == .corrupt)
        let older = #expect(throws: DurabilityError.self) {
            try AtomicFile.read("/one", kind: FileKind("test-file", version: 1), disk: disk)
        }
        #expect(older?.fault == .newerFormat)
        #expect(try AtomicFile.read("/one", kind: FileKind("test-file", version: 3), disk: disk).version == 2)
        let missing = #expect(throws: DurabilityError.self) { try AtomicFile.read("/two", kind: kind, disk: disk) }
        #expect(missing?.fault == .notFound)
    }

    /// Whatever single bit changes, wherever the file is cut, whatever is added: an error that names the file.
    @Test func findsEveryDamage() throws {
        let disk = FaultyDisk()
        try AtomicFile.write("/one", kind: kind, bytes: payload, disk: disk)
        let whole = try #require(disk.content(of: "/one"))
        func expectRefused(_ bytes: [UInt8], _ what: String) {
            disk.replace("/one", with: bytes)
            let error = #expect(throws: DurabilityError.self, "\(what)") {
                try AtomicFile.read("/one", kind: kind, disk: disk)
            }
            #expect(error?.fault == .corrupt && error?.path == "/one", "\(what): \(String(describing: error))")
        }
        for index in whole.indices {
            for bit in 0..<8 {
                var damaged = whole
                damaged[index] ^= 1 << UInt8(bit)
                expectRefused(damaged, "byte \(index), bit \(bit)")
            }
            expectRefused(Array(whole[..<index]), "cut to \(index)")
        }
        expectRefused(whole + [0], "one byte more")
        expectRefused([UInt8](repeating: 0, count: whole.count), "zeros")
        disk.replace("/one", with: whole)
        #expect(try AtomicFile.read("/one", kind: kind, disk: disk).bytes == payload)
    }

    /// A power cut at each operation, and whatever survives: the file is whole or not there; after success, it is
    /// there.
    @Test func survivesPowerCuts() throws {
        let survivals: [FaultyDisk.Survival] = [.nothing, .everything] + (0..<20).map { .some(seed: $0) }
        for survival in survivals {
            var finished = false
            var operation = 0
            while !finished {
                operation += 1
                let disk = FaultyDisk()
                disk.inject(.powerCut, at: operation)
                finished = (try? AtomicFile.write("/one", kind: kind, bytes: payload, disk: disk)) != nil
                disk.restart(survival)
                try TemporaryFiles.sweep("/", disk: disk)
                if try finished || disk.exists("/one") {
                    #expect(try AtomicFile.read("/one", kind: kind, disk: disk).bytes == payload)
                }
                #expect(try disk.list("/").filter { $0 != "one" } == [])
            }
            #expect(operation == 7)
        }
    }

    @Test(arguments: [FaultyDisk.Fault.error(EIO), .full, .shortWrite(ENOSPC)])
    func survivesErrors(fault: FaultyDisk.Fault) throws {
        var failures = 0
        for operation in 1...6 {
            let disk = FaultyDisk()
            disk.inject(fault, at: operation)
            do {
                try AtomicFile.write("/one", kind: kind, bytes: payload, disk: disk)
            } catch {
                failures += 1
                #expect(error.fault == (fault == .error(EIO) ? .other : .diskFull))
            }
            disk.clearFaults()
            if try disk.exists("/one") {
                #expect(try AtomicFile.read("/one", kind: kind, disk: disk).bytes == payload)
            } else {
                #expect(try disk.list("/") == [])
            }
        }
        #expect(failures >= 2)
    }
}

@Suite struct DiskTests {
    @Test func namesErrors() throws {
        try withTemporaryFolder { directory in
            let disk = RealDisk()
            let missing = #expect(throws: DurabilityError.self) { try disk.readWhole(directory + "/none/x") }
            #expect(missing?.fault == .notFound)
            #expect(missing?.errorName == "ENOENT")
            let zero = #expect(throws: DurabilityError.self) { try disk.readWhole(directory + "/a\0b") }
            #expect(zero?.errorName == "EINVAL")
            #expect(try disk.remove(directory + "/none") == false)
            try disk.createDirectories(directory + "/a/b/c")
            try disk.createDirectories(directory + "/a/b/c")
            #expect(try disk.list(directory + "/a/b") == ["c"])
            let tooBig = #expect(throws: DurabilityError.self) {
                try AtomicFile.write(directory + "/x", kind: kind, bytes: payload, disk: disk)
                _ = try disk.readWhole(directory + "/x", maximumBytes: 3)
            }
            #expect(tooBig?.operation == .read)
        }
    }

    @Test func removesEmptyDirectories() throws {
        func check(_ disk: any Disk, _ directory: String) throws {
            try disk.createDirectories(directory + "/a/b")
            #expect(throws: DurabilityError.self) { try disk.remove(directory + "/a") }
            #expect(try disk.list(directory + "/a") == ["b"])
            #expect(try disk.remove(directory + "/a/b"))
            #expect(try disk.remove(directory + "/a"))
            #expect(try !disk.exists(directory + "/a"))
            #expect(try !disk.remove(directory + "/a"))
        }
        try withTemporaryFolder { try check(RealDisk(), $0) }
        try check(FaultyDisk(), "/d")
    }

    @Test(arguments: [
        ("/a/b", "/a", "b"), ("/a", "/", "a"), ("a", ".", "a"), ("a/b/", "a", "b"), ("/", "/", ""),
    ])
    func paths(path: String, parent: String, name: String) {
        #expect(DiskPath.parent(of: path) == parent)
        #expect(DiskPath.lastName(of: path) == name)
        #expect(DiskPath.join("/a", "b") == "/a/b")
        #expect(DiskPath.join("/", "b") == "/b")
    }

    @Test func writesToFullDevice() throws {
        // The kernel's own full disk, where there is one.
        guard access("/dev/full", F_OK) == 0 else { return }
        let file = try OpenFile("/dev/full", .readWrite, disk: RealDisk())
        let error = #expect(throws: DurabilityError.self) { try file.write([1, 2, 3], at: 0) }
        #expect(error?.fault == .diskFull)
    }

    /// After a failed synchronization the kernel reports success and has dropped the data: we must not ask again.
    @Test func fileIsDeadAfterFailedSynchronization() throws {
        let disk = FaultyDisk()
        let file = try OpenFile("/one", .createExclusive, disk: disk)
        try file.write([1, 2, 3], at: 0)
        disk.inject(.error(EIO), at: disk.operationCount + 1)
        let first = #expect(throws: DurabilityError.self) { try file.synchronizeData() }
        #expect(first?.errorName == "EIO")
        let operations = disk.operationCount
        let second = #expect(throws: DurabilityError.self) { try file.synchronizeData() }
        let third = #expect(throws: DurabilityError.self) { try file.write([4], at: 3) }
        #expect(second == first && third == first)
        #expect(disk.operationCount == operations)
    }

    @Test func lockExcludesAndNamesHolder() throws {
        try withTemporaryFolder { directory in
            for disk in [RealDisk(), FaultyDisk()] as [any Disk] {
                let place = disk is RealDisk ? directory : "/"
                let lock = try DirectoryLock(place, runID: "run-one", disk: disk)
                let error = #expect(throws: DurabilityError.self) {
                    try DirectoryLock(place, runID: "run-two", disk: disk)
                }
                #expect(error?.fault == .inUse)
                #expect(error?.detail.contains("pid=\(getpid()) ") == true)
                #expect(error?.detail.contains("run=run-one") == true)
                lock.release()
                let next = try DirectoryLock(place, runID: "three", disk: disk)
                let again = #expect(throws: DurabilityError.self) { try DirectoryLock(place, runID: "x", disk: disk) }
                #expect(again?.detail.hasSuffix("run=three") == true)
                next.release()
            }
        }
    }

    @Test func faultyDiskForgets() throws {
        let disk = FaultyDisk()
        let file = try OpenFile("/one", .createExclusive, disk: disk)
        try file.write([UInt8](repeating: 7, count: 2000), at: 0)
        try file.synchronize()
        disk.restart(.nothing)
        #expect(try disk.list("/") == [])

        let second = try OpenFile("/two", .createExclusive, disk: disk)
        try disk.synchronizeDirectory("/")
        try second.write([UInt8](repeating: 7, count: 2000), at: 0)
        disk.restart(.some(seed: 1))
        let torn = try disk.readWhole("/two")
        #expect(torn.contains(0) && torn.contains(7))
        #expect(throws: DurabilityError.self) { try second.write([1], at: 0) }
    }
}

@Suite struct RenameTests {
    #if !canImport(Darwin)
    @Test("without a flag of the file system files and directories are renamed, and replace nothing")
    func plainly() throws {
        try withTemporaryFolder { directory in
            let disk = RealDisk()
            for name in ["a", "b"] { _ = try disk.createDirectory("\(directory)/\(name)") }
            for name in ["a/x", "f", "g"] {
                try AtomicFile.write("\(directory)/\(name)", kind: kind, bytes: [1], disk: disk)
            }
            func rename(_ from: String, _ to: String) -> Int32 {
                platform_rename_exclusive_plainly("\(directory)/\(from)", "\(directory)/\(to)")
            }
            #expect(rename("a", "b") == EEXIST)
            #expect(rename("a", "f") == EEXIST)
            #expect(rename("f", "g") == EEXIST)
            #expect(rename("nothing", "h") == ENOENT)
            #expect(rename("a", "c") == 0)
            #expect(rename("f", "h") == 0)
            #expect(try disk.list(directory) == ["b", "c", "g", "h"])
            #expect(try disk.list(directory + "/c") == ["x"])
        }
    }
    #endif

    @Test("directories that are there are made sure of: whoever made them may have been killed before it could")
    func directoriesThatAreThere() throws {
        let disk = FaultyDisk()
        _ = try disk.createDirectory("/a")
        _ = try disk.createDirectory("/a/b")
        try disk.createDirectories("/a/b")
        // The one above was made by whoever made sure of it.
        try disk.synchronizeDirectory("/")
        disk.restart(.nothing)
        #expect(try disk.exists("/a/b"))
    }
}
