// Logs of frames: what is read of them, damaged and cut off at every place.

import DurableFiles
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

private let small = AppendLogGrowth(firstBytes: 64, nextBytes: 96)
private let path = "/log"

private func head(_ number: Int) -> [UInt8] { [UInt8(number)] + [UInt8](repeating: 0, count: number * 5 % 37) }

/// A body of several runs, empty ones among them.
private func body(_ number: Int) -> [[UInt8]] {
    (0..<number % 4).map { [UInt8](repeating: UInt8(number), count: $0 * number * 11) }
}

private func withRuns<Result>(
    _ arrays: [[UInt8]], _ body: ([UnsafeRawBufferPointer]) throws -> Result
) rethrows -> Result {
    let buffers = arrays.map { array in
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: array.count, alignment: 1)
        buffer.copyBytes(from: array)
        return buffer
    }
    defer { for buffer in buffers { buffer.deallocate() } }
    return try body(buffers.map { UnsafeRawBufferPointer($0) })
}

private func makeLog(_ disk: any Disk, frames: Range<Int>, growth: AppendLogGrowth = small) throws -> FrameLog {
    let log = try withRuns(body(frames.lowerBound)) {
        try FrameLog(creating: path, head: head(frames.lowerBound), body: $0, growth: growth, disk: disk)
    }
    for number in frames.dropFirst() { try withRuns(body(number)) { try log.append(head: head(number), body: $0) } }
    return log
}

@Suite struct FrameLogTests {
    @Test func headsAreFoundAndBodiesLieWhereTheySay() throws {
        let disk = FaultyDisk()
        let log = try makeLog(disk, frames: 0..<30)
        try log.synchronize()
        disk.restart(.nothing)
        let content = try FrameLogContent.scan(path, disk: disk)
        #expect(content.damage == nil)
        #expect(content.frames.map(\.head) == (0..<30).map { head($0) })
        let bytes = try #require(disk.content(of: path))
        for (number, frame) in content.frames.enumerated() {
            let start = Int(frame.bodyOffset)
            #expect(Array(bytes[start..<(start + Int(frame.bodyBytes))]) == body(number).flatMap { $0 })
        }
    }

    /// A scan reads heads, however long the bodies are.
    @Test func bodiesAreNotRead() throws {
        let disk = FaultyDisk()
        let long = [[UInt8](repeating: 7, count: 300_000)]
        let log = try makeLog(disk, frames: 1..<2)
        for number in 2..<20 { try withRuns(long) { try log.append(head: head(number), body: $0) } }
        let before = disk.readBytes
        #expect(try FrameLogContent.scan(path, disk: disk).frames.count == 19)
        #expect(disk.readBytes - before < 700_000)
    }

    /// Each bit of headers and heads flipped, each truncation: the frames before, and a word about the rest.
    @Test func damageEndsTheScan() throws {
        let disk = FaultyDisk()
        let log = try makeLog(disk, frames: 1..<6)
        try log.synchronize()
        let whole = try #require(disk.content(of: path))
        let good = try FrameLogContent.scan(path, disk: disk)
        for index in whole.indices {
            for bit in 0..<8 {
                var damaged = whole
                damaged[index] ^= 1 << UInt8(bit)
                disk.replace(path, with: damaged)
                let content = try FrameLogContent.scan(path, disk: disk)
                let inBody = good.frames.contains {
                    $0.bodyOffset <= index && index < Int($0.bodyOffset + $0.bodyBytes)
                }
                if inBody {
                    #expect(content.frames.count == 5)
                } else if index < Int(log.length) {
                    let whole = good.frames.count { $0.bodyOffset + $0.bodyBytes <= index }
                    #expect(content.frames.map(\.head) == good.frames.prefix(whole).map(\.head))
                    #expect(content.damage?.contains(path) == true, "byte \(index)")
                }
            }
            disk.replace(path, with: Array(whole[..<index]))
            let cut = try FrameLogContent.scan(path, disk: disk)
            let expected = good.frames.count { $0.bodyOffset + $0.bodyBytes < index }
            #expect(cut.frames.map(\.head) == good.frames.prefix(expected).map(\.head), "cut to \(index)")
            #expect(cut.damage != nil || index > Int(log.length), "cut to \(index)")
        }
    }

    /// Whatever survives of what was not synchronized: a log of the first few frames, none missing that was durable.
    @Test func survivesPowerCuts() throws {
        for survival in [FaultyDisk.Survival.nothing, .everything] + (0..<12).map({ .some(seed: $0) }) {
            var operation = 0
            var finished = false
            while !finished {
                operation += 1
                let disk = FaultyDisk()
                disk.inject(.powerCut, at: operation)
                var durable = 0
                do {
                    let log = try makeLog(disk, frames: 1..<2, growth: AppendLogGrowth(firstBytes: 700, nextBytes: 900))
                    durable = 1
                    for number in 2..<10 {
                        try withRuns(body(number) + [[UInt8](repeating: 1, count: number % 3 * 400)]) {
                            try log.append(head: head(number), body: $0)
                        }
                        if number % 3 == 0 {
                            try log.synchronize()
                            durable = number
                        }
                    }
                    finished = true
                } catch {}
                disk.restart(survival)
                guard try disk.exists(path) else {
                    #expect(durable == 0)
                    continue
                }
                let content = try FrameLogContent.scan(path, disk: disk)
                #expect(content.frames.count >= durable)
                #expect(content.frames.map(\.head) == (0..<content.frames.count).map { head($0 + 1) })
            }
        }
    }

    /// Many runs, and more than a system takes at a time.
    @Test func theRealDiskWritesVectors() throws {
        let disk = RealDisk()
        let path = "/tmp/millrace-runs-\(disk.makeUniqueName())"
        defer { _ = try? disk.remove(path) }
        let file = try OpenFile(path, .createExclusive, disk: disk)
        let arrays = (0..<3000).map { [UInt8](repeating: UInt8($0 & 255), count: $0 % 7) }
        try withRuns(arrays) { try file.write($0, at: 10) }
        #expect(try disk.readWhole(path) == [UInt8](repeating: 0, count: 10) + arrays.flatMap { $0 })
    }

    /// Errors speak of the file as it is called now.
    @Test func aFullDiskIsReportedWithTheFilesOwnName() throws {
        let disk = FaultyDisk()
        let log = try makeLog(disk, frames: 1..<3)
        disk.inject(.full, at: disk.operationCount + 1)
        let error = #expect(throws: DurabilityError.self) {
            for number in 1..<50 { try withRuns(body(number)) { try log.append(head: head(number), body: $0) } }
        }
        #expect(error?.path == path && error?.fault == .diskFull)
    }
}
