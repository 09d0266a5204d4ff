// The patterns of LIKE, and what matches them.

/// A pattern of LIKE, ready to match: `%` stands for any text, `_` for one character. Shared by all threads.
package struct LikePattern: Sendable {
    private enum Element {
        case any
        case one
        case scalar(Unicode.Scalar)
    }

    private enum Form {
        /// The texts between `%`, a row each: the first begins a text, the last ends it, the others lie between.
        case pieces(ColumnVector)
        case wildcards(WildcardRuns)
    }

    private let form: Form

    /// Compiles a pattern.
    ///
    /// - Throws: INVALID_FORMAT where the escape character stands before something else than itself, `%` or `_`.
    package init(_ pattern: String, escape: Unicode.Scalar = "\\") throws(KernelError) {
        let elements = try Self.elements(pattern, escape: escape)
        // Text that isn't UTF-8 is matched as if U+FFFD stood there. No other character's bytes begin in what that
        // replaces, so that texts without it are found by their bytes.
        let isPlain = elements.allSatisfy {
            switch $0 {
            case .any: true
            case .one: false
            case .scalar(let scalar): scalar != "\u{FFFD}"
            }
        }
        form = isPlain ? .pieces(Self.pieces(elements)) : .wildcards(Self.wildcards(elements))
    }

    /// Whether each text is like the pattern; NULL for NULL.
    package func matches(_ column: ColumnVector) -> ColumnVector {
        guard column.type != .null else { return NullKernels.nulls(type: .boolean, count: column.count) }
        return switch form {
        case .wildcards(let wildcards): wildcards.matches(Utf8Kernel.text(column))
        case .pieces(let pieces): Self.match(column, pieces)
        }
    }

    // MARK: Pieces

    private static func pieces(_ elements: [Element]) -> ColumnVector {
        var pieces = [""]
        for element in elements {
            if case .scalar(let scalar) = element {
                pieces[pieces.count - 1].unicodeScalars.append(scalar)
            } else {
                pieces.append("")
            }
        }
        return ValueColumns.column(of: pieces.map { .string($0) }, type: .string)
    }

    private static func match(_ column: ColumnVector, _ pieces: ColumnVector) -> ColumnVector {
        let (texts, parts, last) = (Runs(column), Runs(pieces), pieces.count - 1)
        let (prefix, suffix) = (ConstantRun(parts[0]), ConstantRun(parts[last]))
        return withExtendedLifetime(pieces) {
            if last == 0 {
                return Loops.booleans([column]) { row in
                    texts.length(row) == prefix.length && prefix.begins(texts.address(row))
                }
            }
            let least = prefix.length + suffix.length
            let between = (1..<last).filter { parts.length($0) > 0 }.map { RunSearch(parts[$0]) }
            // `%x%`, the most common one.
            if least == 0, between.count == 1 {
                let search = between[0]
                return Loops.booleans([column]) { row in
                    search.place(in: texts.address(row), texts.length(row), from: 0) != nil
                }
            }
            // `x%`
            if least == prefix.length, between.isEmpty, least <= 16 {
                return Loops.booleans([column]) { row in prefix.isPrefix(of: texts.address(row), texts.length(row)) }
            }
            return between.withUnsafeBufferPointer { between in
                Loops.booleans([column]) { row in
                    let (text, length) = (texts.address(row), texts.length(row))
                    guard length >= least, prefix.begins(text), suffix.begins(text + (length &- suffix.length)) else {
                        return false
                    }
                    return between.isEmpty || holds(between, text, length &- suffix.length, from: prefix.length)
                }
            }
        }
    }

    /// Whether pieces lie in a text one behind the other: each is looked for behind the first place of the last.
    @inline(never)
    private static func holds(
        _ pieces: UnsafeBufferPointer<RunSearch>, _ text: UnsafePointer<UInt8>, _ length: Int, from start: Int
    ) -> Bool {
        var start = start
        for piece in pieces {
            guard let found = piece.place(in: text, length, from: start) else { return false }
            start = found &+ piece.length
        }
        return true
    }

    // MARK: Elements

    private static func elements(_ pattern: String, escape: Unicode.Scalar) throws(KernelError) -> [Element] {
        var elements: [Element] = []
        var isEscaped = false
        for scalar in pattern.unicodeScalars {
            if isEscaped {
                guard scalar == "%" || scalar == "_" || scalar == escape else {
                    throw KernelError(
                        code: "INVALID_FORMAT.ESC_IN_THE_MIDDLE",
                        message: "the pattern '\(pattern)' escapes '\(scalar)'",
                        hint: "only %, _ and the escape character itself are escaped")
                }
                elements.append(.scalar(scalar))
                isEscaped = false
            } else if scalar == escape {
                isEscaped = true
            } else {
                elements.append(scalar == "%" ? .any : scalar == "_" ? .one : .scalar(scalar))
            }
        }
        guard !isEscaped else {
            throw KernelError(
                code: "INVALID_FORMAT.ESC_AT_THE_END",
                message: "the pattern '\(pattern)' ends with its escape character",
                hint: "write the escape character twice")
        }
        return elements
    }

    private static func wildcards(_ elements: [Element]) -> WildcardRuns {
        var wildcards = WildcardRuns()
        for element in elements {
            switch element {
            case .any: wildcards.addAny()
            case .one: wildcards.addOne()
            case .scalar(let scalar): wildcards.add(scalar)
            }
        }
        return wildcards
    }
}
