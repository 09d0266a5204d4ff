// Judges the topic of word counts by what went into the topic of lines. Knows nothing of the engine.

/// One record of the output topic, in the order of its partition.
struct CountRecord: Equatable, Sendable {
    let partition: Int32
    let offset: Int64
    let key: [UInt8]?
    let value: [UInt8]?
}

/// Checks an update-mode word count: after each batch the new count of every word that the batch touched.
///
/// - A word's counts rise strictly. A batch that was published twice, or a state that went back, shows as a count that
///   comes again or falls.
/// - A word's last count is how often it is in the input. A lost batch shows as a last count that is too low; where the
/// words of the batch came again later it can't show so, therefore each line of the input has a word of its own,
/// which
///   must be there exactly once, with count 1.
/// - The last counts add up to the number of words.
struct CountChecker {
    /// What is wrong, in kinds.
    enum Fault: String, Sendable {
        case unreadable
        case repeated
        case fell
        case wrongTotal
        case unknownWord
        case missingWord
        case severalPartitions
        case wrongSum
    }

    struct Finding: Sendable, CustomStringConvertible {
        let fault: Fault
        let description: String
    }

    /// How often each word is in the input.
    let truth: [[UInt8]: Int]

    /// All that is wrong with the output.
    func findings(_ records: [CountRecord]) -> [Finding] {
        var findings: [Finding] = []
        var last: [[UInt8]: (count: Int, partition: Int32)] = [:]
        for record in records {
            let place = "partition \(record.partition) offset \(record.offset)"
            guard let word = record.key, let count = Self.number(record.value) else {
                let value = record.value.map { String(decoding: $0, as: UTF8.self) }
                findings.append(
                    Finding(fault: .unreadable, description: "\(place): key or value is none: \(value ?? "null")"))
                continue
            }
            let text = String(decoding: word, as: UTF8.self)
            if let before = last[word] {
                if before.partition != record.partition {
                    findings.append(
                        Finding(fault: .severalPartitions, description: "\(place): '\(text)' is in several partitions"))
                }
                if count == before.count {
                    findings.append(
                        Finding(fault: .repeated, description: "\(place): count \(count) of '\(text)' comes again"))
                } else if count < before.count {
                    findings.append(
                        Finding(
                            fault: .fell, description: "\(place): '\(text)' falls from \(before.count) to \(count)"))
                }
            }
            last[word] = (count, record.partition)
        }
        return findings + totals(last.mapValues { $0.count })
    }

    private func totals(_ last: [[UInt8]: Int]) -> [Finding] {
        var findings: [Finding] = []
        for (word, count) in last where truth[word] != count {
            let text = String(decoding: word, as: UTF8.self)
            findings.append(
                truth[word].map {
                    Finding(
                        fault: .wrongTotal, description: "'\(text)' ends with \(count), the input has it \($0) times")
                } ?? Finding(fault: .unknownWord, description: "'\(text)' is not in the input"))
        }
        for word in truth.keys where last[word] == nil {
            findings.append(
                Finding(fault: .missingWord, description: "'\(String(decoding: word, as: UTF8.self))' is missing"))
        }
        let (found, wanted) = (last.values.reduce(0, +), truth.values.reduce(0, +))
        if found != wanted {
            findings.append(Finding(fault: .wrongSum, description: "\(found) words in all, the input has \(wanted)"))
        }
        return findings
    }

    /// A count as it must be written: digits, no sign, no leading zero, not zero.
    static func number(_ bytes: [UInt8]?) -> Int? {
        guard let bytes, !bytes.isEmpty, bytes.count < 19, bytes[0] != UInt8(ascii: "0") else { return nil }
        var number = 0
        for byte in bytes {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            number = number * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return number
    }
}
