// What a batch leaves for the next one besides the operators' state: durable with it, and proven by the same hash.

import JSONText

/// The runtime's part of a version of the state. It is durable before the batch's transaction is committed, and the
/// transaction's marker carries the hash of both: so a start that adopts a batch whose commit isn't in the log has all
/// that the next batch needs, for queries without state, too.
package struct EpochManifest: Equatable, Sendable {
    /// The version that is written, and the only one that is read.
    package static let version: Int64 = 1

    /// The watermarks for the next batch, in milliseconds since 1970, by the name of the operator or source that they
    /// are of.
    package var watermarks: [String: Int64]
    /// The watermarks by which the next batch takes rows as too late: those that the batch had itself, or where it has
    /// given at once what its own rows made final, those that it has left.
    package var lateWatermarks: [String: Int64]
    /// When each watermark moved last, as the time of the batch that moved it, in milliseconds since 1970.
    package var movedMilliseconds: [String: Int64]
    /// How far event time has come in each partition, by the step that watches it and the partition's name; empty where
    /// watermarks don't go by partitions.
    package var partitionTimes: [String: [String: PartitionTime]]
    /// How many rows the batch has read, by source.
    package var inputRows: [String: Int64]
    /// How many rows the batch has written.
    package var outputRows: Int64
    /// How many rows each operator with state keeps, by the name that files have for it.
    package var stateRows: [String: Int64]

    package init(
        watermarks: [String: Int64] = [:], lateWatermarks: [String: Int64] = [:],
        movedMilliseconds: [String: Int64] = [:], partitionTimes: [String: [String: PartitionTime]] = [:],
        inputRows: [String: Int64] = [:], outputRows: Int64 = 0, stateRows: [String: Int64] = [:]
    ) {
        self.watermarks = watermarks
        self.lateWatermarks = lateWatermarks
        self.movedMilliseconds = movedMilliseconds
        self.partitionTimes = partitionTimes
        self.inputRows = inputRows
        self.outputRows = outputRows
        self.stateRows = stateRows
    }

    /// Why bytes are no manifest.
    package struct Failure: Error, Equatable, Sendable, CustomStringConvertible {
        package let description: String
    }

    /// The manifest as the state store keeps it: equal manifests are equal bytes.
    package var bytes: [UInt8] {
        var members: [(key: String, value: JSONValue)] = []
        members.reserveCapacity(8)
        members.append(("v", .integer(Self.version)))
        members.append(("watermarksMs", sortedObject(watermarks)))
        if !lateWatermarks.isEmpty { members.append(("lateWatermarksMs", sortedObject(lateWatermarks))) }
        if !movedMilliseconds.isEmpty { members.append(("movedMs", sortedObject(movedMilliseconds))) }
        if !partitionTimes.isEmpty {
            members.append(("partitions", PartitionTime.sortedObject(partitionTimes)))
        }
        members.append(("inputRows", sortedObject(inputRows)))
        members.append(("outputRows", .integer(outputRows)))
        if !stateRows.isEmpty { members.append(("stateRows", sortedObject(stateRows))) }
        return JSONValue.object(members).utf8
    }

    /// Reads what `bytes` gave. Members that this version doesn't know are left out.
    package static func parse(_ bytes: [UInt8]) throws(Failure) -> EpochManifest {
        let json: JSONValue
        do {
            json = try JSONValue.parse(bytes)
        } catch {
            throw Failure(description: "a batch's manifest is no JSON: \(error.description)")
        }
        do throws(MalformedRecord) {
            let members = Members(json)
            let found = try members.integer("v")
            guard found == version else {
                throw MalformedRecord(message: "it has version \(found), and this one reads \(version)")
            }
            return EpochManifest(
                watermarks: try members.integers("watermarksMs"),
                lateWatermarks: try members.integers("lateWatermarksMs", orNone: true),
                movedMilliseconds: try members.integers("movedMs", orNone: true),
                partitionTimes: try PartitionTime.parse(try members.objectOrNone("partitions")),
                inputRows: try members.integers("inputRows"), outputRows: try members.integer("outputRows"),
                stateRows: try members.integers("stateRows", orNone: true))
        } catch {
            throw Failure(description: "a batch's manifest can't be read: \(error.message)")
        }
    }
}
