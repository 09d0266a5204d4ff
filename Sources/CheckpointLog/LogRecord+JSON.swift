// Records of the log as JSON.

import JSONText

extension LogRecord {
    /// The record as the log writes it, on one line.
    var json: JSONValue {
        switch self {
        case .head(let head):
            [
                "type": "head", "format": .integer(SegmentHead.format), "query": .string(head.queryID),
                "run": .string(head.runID), "segment": .integer(head.segment),
                "after": head.after.map { ["segment": .integer($0.segment), "bytes": .integer($0.bytes)] } ?? .null,
                "recap": .integer(head.recap),
            ]
        case .plan(let plan): plan.json
        case .commit(let commit): commit.json
        case .marker(let marker): marker.json
        }
    }

    /// The record's bytes.
    var bytes: [UInt8] { json.utf8 }

    /// Reads a record. Members that this version doesn't know are ignored; kinds of records are not.
    static func parse(_ bytes: [UInt8]) throws(MalformedRecord) -> LogRecord {
        let json: JSONValue
        do {
            json = try JSONValue.parse(bytes)
        } catch {
            throw MalformedRecord(message: error.description)
        }
        let members = Members(json)
        switch try members.string("type") {
        case "head":
            let format = try members.integer("format")
            guard format == SegmentHead.format else {
                throw MalformedRecord(message: "the log has format \(format)", newerFormat: format)
            }
            var after: SegmentEnd?
            if let end = json["after"], !end.isNull {
                after = SegmentEnd(
                    segment: try Members(end).count("segment"), bytes: try Members(end).count("bytes"))
            }
            return .head(
                SegmentHead(
                    queryID: try members.string("query"), runID: try members.string("run"),
                    segment: try members.count("segment"), after: after, recap: try members.count("recap")))
        case "plan": return .plan(try PlanEntry(members))
        case "commit": return .commit(try CommitEntry(members))
        case "marker": return .marker(try MarkerEntry(members))
        case let type: throw MalformedRecord(message: "a record of the unknown type \"\(type)\"")
        }
    }
}

extension PlanEntry {
    /// The entry as the log writes it.
    package var json: JSONValue {
        var members: [(key: String, value: JSONValue)] = []
        members.reserveCapacity(8)
        members.append(("type", "plan"))
        members.append(("batch", .integer(batch)))
        members.append(("timestampMs", .integer(timestampMilliseconds)))
        members.append(("watermarksMs", sortedObject(watermarks)))
        if !lateWatermarks.isEmpty { members.append(("lateWatermarksMs", sortedObject(lateWatermarks))) }
        if emitsInCrossingBatch { members.append(("emitInCrossingBatch", .bool(true))) }
        if !idle.isEmpty {
            let steps = idle.sorted { $0.key < $1.key }
            members.append(("idle", .object(steps.map { ($0.key, .array($0.value.map { .string($0) })) })))
        }
        if !tables.isEmpty { members.append(("tables", sortedObject(tables))) }
        members.append(("conf", sortedObject(configuration)))
        members.append(("sources", .object(sources.map { ($0.name, ["start": $0.start, "end": $0.end]) })))
        return .object(members)
    }

    fileprivate init(_ members: Members) throws(MalformedRecord) {
        var idle: [String: [String]] = [:]
        for (step, partitions) in try members.objectOrNone("idle") {
            let names = (partitions.arrayValue ?? [.null]).map(\.stringValue)
            guard !names.contains(nil) else { throw MalformedRecord(message: "\"idle\" holds no lists of strings") }
            idle[step] = names.compactMap { $0 }
        }
        var sources: [OffsetRange] = []
        for (name, range) in try members.object("sources") {
            let parts = Members(range)
            sources.append(OffsetRange(name: name, start: try parts.value("start"), end: try parts.value("end")))
        }
        self.init(
            batch: try members.count("batch"), timestampMilliseconds: try members.integer("timestampMs"),
            watermarks: try members.integers("watermarksMs"),
            lateWatermarks: try members.integers("lateWatermarksMs", orNone: true),
            emitsInCrossingBatch: try members.flag("emitInCrossingBatch"), idle: idle,
            tables: try members.strings("tables", orNone: true), configuration: try members.strings("conf"),
            sources: sources)
    }
}

extension CommitEntry {
    /// The entry as the log writes it.
    package var json: JSONValue {
        [
            "type": "commit", "batch": .integer(batch), "attempt": .string(attempt),
            "manifestHash": .string(manifestHash),
            "nextWatermarksMs": sortedObject(nextWatermarks), "timestampMs": .integer(timestampMilliseconds),
        ]
    }

    fileprivate init(_ members: Members) throws(MalformedRecord) {
        self.init(
            batch: try members.count("batch"), attempt: try members.string("attempt"),
            manifestHash: try members.string("manifestHash"),
            nextWatermarks: try members.integers("nextWatermarksMs"),
            timestampMilliseconds: try members.integer("timestampMs"))
    }
}

extension MarkerEntry {
    fileprivate var json: JSONValue {
        ["type": "marker", "batch": .integer(batch), "timestampMs": .integer(timestampMilliseconds)]
    }

    fileprivate init(_ members: Members) throws(MalformedRecord) {
        self.init(
            batch: try members.integer("batch"), timestampMilliseconds: try members.integer("timestampMs"))
    }
}

/// Numbers by name as an object, sorted, so that equal ones are equal text.
func sortedObject(_ numbers: [String: Int64]) -> JSONValue {
    .object(numbers.sorted { $0.key < $1.key }.map { ($0.key, .integer($0.value)) })
}

/// Texts by name as an object, sorted.
func sortedObject(_ texts: [String: String]) -> JSONValue {
    .object(texts.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
}

/// The members of an object, each of the kind that is asked for.
struct Members {
    private let json: JSONValue

    init(_ json: JSONValue) { self.json = json }

    func value(_ key: String) throws(MalformedRecord) -> JSONValue {
        guard let value = json[key] else { throw MalformedRecord(message: "\"\(key)\" is missing") }
        return value
    }

    func string(_ key: String) throws(MalformedRecord) -> String {
        guard let string = try value(key).stringValue else { throw MalformedRecord(message: "\"\(key)\" is no string") }
        return string
    }

    /// A string; `nil` where the member is missing or `null`.
    func optionalString(_ key: String) throws(MalformedRecord) -> String? {
        guard let value = json[key], !value.isNull else { return nil }
        return try string(key)
    }

    /// Whether something is so; where the member is missing it isn't.
    func flag(_ key: String) throws(MalformedRecord) -> Bool {
        guard let value = json[key] else { return false }
        guard case .bool(let flag) = value else { throw MalformedRecord(message: "\"\(key)\" is no true or false") }
        return flag
    }

    func integer(_ key: String) throws(MalformedRecord) -> Int64 {
        guard let integer = try value(key).integerValue else {
            throw MalformedRecord(message: "\"\(key)\" is no integer")
        }
        return integer
    }

    /// An integer from 0 that has a successor.
    func count(_ key: String) throws(MalformedRecord) -> Int64 {
        let count = try integer(key)
        guard (0..<Int64.max).contains(count) else { throw MalformedRecord(message: "\"\(key)\" is out of range") }
        return count
    }

    func array(_ key: String) throws(MalformedRecord) -> [JSONValue] {
        guard let array = try value(key).arrayValue else { throw MalformedRecord(message: "\"\(key)\" is no array") }
        return array
    }

    /// An object whose members are integers; with `orNone` it may be missing.
    func integers(_ key: String, orNone: Bool = false) throws(MalformedRecord) -> [String: Int64] {
        if orNone, json[key] == nil { return [:] }
        var integers: [String: Int64] = [:]
        for (name, value) in try object(key) {
            guard let integer = value.integerValue else {
                throw MalformedRecord(message: "\"\(key)\" holds something else than integers")
            }
            integers[name] = integer
        }
        return integers
    }

    /// An object whose members are strings; with `orNone` it may be missing.
    func strings(_ key: String, orNone: Bool = false) throws(MalformedRecord) -> [String: String] {
        if orNone, json[key] == nil { return [:] }
        var strings: [String: String] = [:]
        for (name, value) in try object(key) {
            guard let text = value.stringValue else { throw MalformedRecord(message: "\"\(key)\" holds no strings") }
            strings[name] = text
        }
        return strings
    }

    /// An object's members; none where it is missing.
    func objectOrNone(_ key: String) throws(MalformedRecord) -> [(key: String, value: JSONValue)] {
        guard json[key] != nil else { return [] }
        return try object(key)
    }

    func object(_ key: String) throws(MalformedRecord) -> [(key: String, value: JSONValue)] {
        guard let members = try value(key).objectValue else {
            throw MalformedRecord(message: "\"\(key)\" is no object")
        }
        return members
    }
}
