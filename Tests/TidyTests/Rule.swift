// The rules of style that a machine can check.

/// A place where a rule is broken.
struct Finding: CustomStringConvertible, Equatable {
    let path: String
    /// Counted from 1.
    let line: Int
    /// What is there, and what to use instead.
    let message: String

    var description: String { "\(path):\(line): \(message)" }
}

/// One rule of style.
enum Rule: String, CaseIterable, Sendable {
    case arrows
    case noFoundation
    case noFatalError
    case noForcedTry
    case noForcedUnwrap
    case noDetachedTask
    case noUncheckedSendability
    case uncheckedSaysWhy
    case noLeftovers
    case opensWithPurpose
    case fileLength
    case lineLength
    case functionLength

    static let maximumFileLines = 800
    static let maximumLineColumns = 120
    static let maximumFunctionLines = 70
    private static let uncheckedWords = ["@unchecked Sendable", "nonisolated(unsafe)"]

    /// Whether the rule speaks about a file.
    func covers(_ file: SourceFile) -> Bool {
        switch self {
        case .noLeftovers, .fileLength, .lineLength: true
        case .opensWithPurpose: file.area != "Tests"
        case .functionLength: file.isSwift && file.area != "Tests"
        default: file.isSwift && file.area == "Sources"
        }
    }

    /// All places in a file where the rule is broken.
    func findings(in file: SourceFile) -> [Finding] {
        guard covers(file) else { return [] }
        switch self {
        case .arrows: return ImportRules.arrows(file)
        case .noFoundation: return ImportRules.foundation(file)
        case .noFatalError:
            return banned(
                ["fatalError("], in: file,
                use: "throw an error, or preconditionFailure(\"a sentence\") where our own invariant is broken")
        case .noForcedTry:
            return banned(["try!"], in: file, use: "do and catch, or let the error go on with 'try'")
        case .noForcedUnwrap: return forcedUnwraps(file)
        case .noDetachedTask:
            return banned(
                ["Task.detached"], in: file, use: "a structured task, or a worker thread for work that blocks")
        case .noUncheckedSendability:
            return banned(
                Rule.uncheckedWords, in: file,
                use: "immutable storage or a Mutex; a file that can't goes into Exceptions.swift")
        case .uncheckedSaysWhy: return unexplained(file)
        case .noLeftovers: return leftovers(file)
        case .opensWithPurpose: return purpose(file)
        case .fileLength: return fileLength(file)
        case .lineLength: return lineLength(file)
        case .functionLength: return FunctionLength.findings(file, maximum: Rule.maximumFunctionLines)
        }
    }

    // MARK: - Words that are banned

    private func banned(_ words: [String], in file: SourceFile, use instead: String) -> [Finding] {
        var findings: [Finding] = []
        for (index, line) in file.code.enumerated() {
            for word in words where line.hasWord(word) {
                findings.append(
                    Finding(path: file.path, line: index + 1, message: "'\(word)' is banned; use \(instead)"))
            }
        }
        return findings
    }

    /// Unchecked sharing without a sentence that says why it is safe: 10 lines above to 2 below.
    private func unexplained(_ file: SourceFile) -> [Finding] {
        var findings: [Finding] = []
        for (index, line) in file.code.enumerated() where Rule.uncheckedWords.contains(where: line.hasWord) {
            let nearby = file.lines[max(index - 10, 0)..<min(index + 3, file.lines.count)]
            if nearby.contains(where: { $0.contains("SAFETY:") }) { continue }
            findings.append(
                Finding(
                    path: file.path, line: index + 1,
                    message:
                        "unchecked sharing without a reason; use a comment 'SAFETY: ...' that says who may touch what"))
        }
        return findings
    }

    private func leftovers(_ file: SourceFile) -> [Finding] {
        // Put together here, so that this file keeps its own rule.
        let words = ["TO" + "DO", "FIX" + "ME", "XX" + "X"]
        var findings: [Finding] = []
        for (index, line) in file.lines.enumerated() {
            let bytes = Array(line.utf8)
            for word in words where bytes.hasWord(word) {
                findings.append(
                    Finding(
                        path: file.path, line: index + 1, message: "'\(word)' is banned; finish it, or open an issue"))
            }
        }
        return findings
    }

    /// A `!` right behind an operand, where it isn't the beginning of `!=`: forced unwraps, forced casts and
    /// implicitly unwrapped types.
    private func forcedUnwraps(_ file: SourceFile) -> [Finding] {
        var findings: [Finding] = []
        for (index, line) in file.code.enumerated() {
            for column in line.indices.dropFirst() where line[column] == UInt8(ascii: "!") {
                let next = column + 1 < line.count ? line[column + 1] : 0
                guard next != UInt8(ascii: "="), line[column - 1].endsOperand else { continue }
                // `try!` has a rule of its own.
                if line[..<column].suffix(3).elementsEqual("try".utf8) { continue }
                let what = line[..<column].suffix(3).elementsEqual(" as".utf8) ? "'as!'" : "a forced unwrap '!'"
                findings.append(
                    Finding(
                        path: file.path, line: index + 1,
                        message:
                            "\(what) is banned; use 'guard let ... else { throw ... }', or preconditionFailure with"
                            + " a sentence"))
            }
        }
        return findings
    }

    // MARK: - Shape of a file

    private func purpose(_ file: SourceFile) -> [Finding] {
        let first = file.lines.first ?? ""
        let words = first.drop { $0 == "/" }.split(separator: " ")
        if first.hasPrefix("//"), words.count >= 3 { return [] }
        return [
            Finding(
                path: file.path, line: 1,
                message: "no purpose; open the file with a '//' line that says in one phrase what it is for")
        ]
    }

    private func fileLength(_ file: SourceFile) -> [Finding] {
        let count = file.lines.count
        guard count > Rule.maximumFileLines else { return [] }
        return [
            Finding(
                path: file.path, line: count,
                message:
                    "\(count) lines, the limit is \(Rule.maximumFileLines); use Type+Aspect.swift files, split where"
                    + " the meaning splits")
        ]
    }

    private func lineLength(_ file: SourceFile) -> [Finding] {
        var findings: [Finding] = []
        for (index, line) in file.lines.enumerated() where line.utf8.count > Rule.maximumLineColumns {
            guard line.count > Rule.maximumLineColumns else { continue }
            findings.append(
                Finding(
                    path: file.path, line: index + 1,
                    message: "\(line.count) columns, the limit is \(Rule.maximumLineColumns); use more lines"))
        }
        return findings
    }
}

extension UInt8 {
    /// A letter, a digit or `_`.
    var isWordByte: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...: true
        default: false
        }
    }

    /// Whether an operand may end with it.
    var endsOperand: Bool {
        if isWordByte { return true }
        switch self {
        case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: "\""), UInt8(ascii: "`"),
            UInt8(ascii: "?"), UInt8(ascii: ">"):
            return true
        default: return false
        }
    }
}

extension [UInt8] {
    /// Whether a text stands here with no letter or digit right before or after it.
    func hasWord(_ word: String) -> Bool {
        let wanted = Array(word.utf8)
        guard let first = wanted.first, let last = wanted.last, count >= wanted.count else { return false }
        for start in 0...(count - wanted.count) where self[start] == first {
            guard self[start..<(start + wanted.count)].elementsEqual(wanted) else { continue }
            let end = start + wanted.count
            let joinedBefore = first.isWordByte && start > 0 && self[start - 1].isWordByte
            let joinedAfter = last.isWordByte && end < count && self[end].isWordByte
            if !joinedBefore && !joinedAfter { return true }
        }
        return false
    }
}
