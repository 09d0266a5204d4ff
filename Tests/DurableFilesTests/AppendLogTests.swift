import DurableFiles
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

private let small = AppendLogGrowth(firstBytes: 64, nextBytes: 96)
private let path = "/log"

/// Payloads of many lengths.
private func payload(_ number: Int) -> [UInt8] {
    Array("{\"n\":\(number),\"x\":\"\(String(repeating: "x", count: number * 5 % 37))\"}".utf8)
}

private func read(
    _ disk: FaultyDisk, length: Int64? = nil
) throws -> (
    payloads: [[UInt8]], tail: AppendLogContent.Tail
) {
    let content = try AppendLogContent.read(path, length: length, disk: disk)
    return (content.records.indices.map { content.payload($0) }, content.tail)
}

@Suite struct AppendLogTests {
    @Test func appendsGrowsAndReads() throws {
        let disk = FaultyDisk()
        let log = try AppendLog(creating: path, records: [payload(0)], growth: small, disk: disk)
        var expected = [payload(0)]
        for number in 1..<30 {
            #expect(log.length == (try AppendLogContent.read(path, disk: disk).length))
            try log.append(payload(number))
            expected.append(payload(number))
            if number % 3 == 0 { try log.synchronize() }
            let (payloads, tail) = try read(disk)
            #expect(payloads == expected)
            #expect(tail == .clean)
        }
        let before = disk.operationCount
        try log.synchronize()
        try log.synchronize()
        #expect(disk.operationCount <= before + 1)
        disk.restart(.nothing)
        #expect(try read(disk).payloads == expected)
    }

    @Test func linesAreReadable() throws {
        let disk = FaultyDisk()
        let log = try AppendLog(creating: path, growth: small, disk: disk)
        try log.append(Array(#"{"a":1}"#.utf8))
        try log.append(Array(#"{"a":2}"#.utf8))
        let text = String(decoding: (disk.content(of: path) ?? []).prefix { $0 != 0 }, as: UTF8.self)
        let lines = text.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.first?.dropFirst(8) == #" {"a":1}"#)
        #expect(lines.last?.dropFirst(8) == #"+{"a":2}"#)
    }

    @Test func refusesTakenName() throws {
        let disk = FaultyDisk()
        _ = try AppendLog(creating: path, growth: small, disk: disk)
        let error = #expect(throws: DurabilityError.self) {
            try AppendLog(creating: path, growth: small, disk: disk)
        }
        #expect(error?.fault == .alreadyExists)
        #expect(try disk.list("/") == ["log"])
    }

    /// Each bit flipped, each byte zeroed, each truncation of a log with every record durable: the same records, the
    /// last one torn, or an error naming the file; never another record and never fewer.
    @Test func findsEveryDamage() throws {
        let disk = FaultyDisk()
        let log = try AppendLog(creating: path, records: [payload(1)], growth: small, disk: disk)
        var expected = [payload(1)]
        var lastStart: Int64 = 0
        for number in 2..<6 {
            lastStart = try log.append(payload(number))
            try log.synchronize()
            expected.append(payload(number))
        }
        let whole = try #require(disk.content(of: path))
        var outcomes: [String: Int] = [:]
        func check(_ bytes: [UInt8], at index: Int, _ what: String) {
            disk.replace(path, with: bytes)
            do {
                let (payloads, tail) = try read(disk)
                if payloads == expected {
                    // Damage in the zeros behind the records.
                    #expect(index >= Int(log.length), "\(what)")
                    outcomes["same", default: 0] += 1
                } else {
                    #expect(payloads == Array(expected.dropLast()), "\(what)")
                    #expect(tail == .torn(offset: lastStart) && index >= Int(lastStart), "\(what)")
                    outcomes["torn", default: 0] += 1
                }
            } catch let error as DurabilityError {
                #expect(error.fault == .corrupt && error.path == path, "\(what): \(error)")
                outcomes["error", default: 0] += 1
            } catch {
                Issue.record("\(what): \(error)")
            }
            // With the length known, nothing may be torn.
            if index < Int(log.length) {
                #expect(throws: DurabilityError.self, "\(what)") { try read(disk, length: log.length) }
            }
        }
        for index in whole.indices {
            for bit in 0..<8 {
                var damaged = whole
                damaged[index] ^= 1 << UInt8(bit)
                check(damaged, at: index, "byte \(index), bit \(bit)")
            }
            if index < Int(log.length) { check(Array(whole[..<index]), at: index, "cut to \(index)") }
        }
        #expect(outcomes.count == 3)
        disk.replace(path, with: whole)
        #expect(try read(disk, length: log.length).payloads == expected)
        #expect(throws: DurabilityError.self) { try read(disk, length: log.length - 1) }
        #expect(throws: DurabilityError.self) { try read(disk, length: 1 << 40) }
        #expect(throws: DurabilityError.self) { try read(disk, length: -1) }
    }

    /// Several records between two synchronizations, and any sectors of them survive: a log of the first few, never an
    /// error, never a record that was not written, and none missing that was durable.
    @Test func survivesPowerCuts() throws {
        let survivals: [FaultyDisk.Survival] = [.nothing, .everything] + (0..<12).map { .some(seed: $0) }
        var torn = 0
        for survival in survivals {
            var operation = 0
            var finished = false
            while !finished {
                operation += 1
                let disk = FaultyDisk()
                disk.inject(.powerCut, at: operation)
                var appended: [[UInt8]] = []
                var durable = 0
                do {
                    let big = AppendLogGrowth(firstBytes: 1500, nextBytes: 1000)
                    let log = try AppendLog(creating: path, growth: big, disk: disk)
                    for number in 0..<9 {
                        // A record of more than a sector now and then.
                        let record = payload(number) + [UInt8](repeating: 0x61, count: number % 3 * 400)
                        appended.append(record)
                        try log.append(record)
                        if number % 4 == 3 {
                            try log.synchronize()
                            durable = appended.count
                        }
                    }
                    finished = true
                } catch {}
                disk.restart(survival)
                guard try disk.exists(path) else {
                    #expect(durable == 0)
                    continue
                }
                let (payloads, tail) = try read(disk)
                #expect(payloads.count >= durable)
                #expect(payloads == Array(appended.prefix(payloads.count)))
                if tail != .clean { torn += 1 }
            }
        }
        #expect(torn > 0)
    }

    @Test(arguments: [FaultyDisk.Fault.error(EIO), .full, .shortWrite(ENOSPC)])
    func takesNothingAfterAnError(fault: FaultyDisk.Fault) throws {
        var failures = 0
        for operation in 1...40 {
            let disk = FaultyDisk()
            disk.inject(fault, at: operation)
            var durable: [[UInt8]] = []
            var appended: [[UInt8]] = []
            do {
                let log = try AppendLog(creating: path, growth: small, disk: disk)
                do {
                    for number in 0..<12 {
                        appended.append(payload(number))
                        try log.append(payload(number))
                        try log.synchronize()
                        durable = appended
                    }
                } catch {
                    failures += 1
                    disk.clearFaults()
                    #expect(throws: DurabilityError.self) {
                        try log.append(payload(99))
                        try log.synchronize()
                    }
                }
            } catch {
                failures += 1
            }
            disk.restart(.everything)
            guard try disk.exists(path) else { continue }
            let payloads = try read(disk).payloads
            #expect(payloads.count >= durable.count && payloads == Array(appended.prefix(payloads.count)))
        }
        #expect(failures > 4)
    }

    @Test func realDisk() throws {
        try withTemporaryFolder { directory in
            let disk = RealDisk()
            let path = directory + "/00000001.log"
            let log = try AppendLog(creating: path, records: [Array("head".utf8)], disk: disk)
            for number in 0..<2000 {
                try log.append(payload(number) + [UInt8](repeating: 0x20, count: 200))
            }
            try log.synchronize()
            let content = try AppendLogContent.read(path, disk: disk)
            #expect(content.records.count == 2001)
            #expect(content.tail == .clean)
            #expect(content.bytes.count > 256 * 1024)
        }
    }
}
