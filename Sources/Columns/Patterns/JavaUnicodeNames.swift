// The names of scripts and blocks that java.util.regex knows.

enum JavaUnicodeNames {
    /// Scripts as PCRE2 calls them, by the names that Java takes: those of four letters, and whole ones.
    static let scripts: [String: String] = {
        var names: [String: String] = [:]
        for entry in scriptTable.split(whereSeparator: { $0 == ";" || $0.isNewline }) {
            let parts = entry.split(separator: " ")
            guard let short = parts.first, let long = parts.last else { continue }
            names[short.uppercased()] = String(long)
            names[long.uppercased()] = String(long)
        }
        return names
    }()

    /// Where blocks lie, by their names: as they are, without blanks, and as names of constants.
    static let blocks: [String: ClosedRange<UInt32>] = {
        var ranges: [String: ClosedRange<UInt32>] = [:]
        for entry in blockTable.split(whereSeparator: { $0 == ";" || $0.isNewline }) {
            let parts = entry.split(separator: " ", maxSplits: 1)
            let ends = parts[0].split(separator: "-").compactMap { UInt32($0, radix: 16) }
            guard ends.count == 2, ends[0] <= ends[1], let name = parts.last?.lowercased() else { continue }
            let constant = String(name.map { $0 == " " || $0 == "-" ? "_" : $0 })
            for name in [name, name.filter { $0 != " " }, constant] { ranges[name] = ends[0]...ends[1] }
        }
        // Names of before Unicode changed them.
        for (old, new) in [
            ("greek", "greekandcoptic"), ("cyrillic supplement", "cyrillic supplementary"),
            ("cyrillicsupplement", "cyrillic supplementary"),
            ("combining marks for symbols", "combining diacritical marks for symbols"),
            ("combiningmarksforsymbols", "combining diacritical marks for symbols"),
            ("combining_marks_for_symbols", "combining diacritical marks for symbols"),
        ] { ranges[old] = ranges[new] }
        ranges["greek_and_coptic"] = nil
        ranges["combining_diacritical_marks_for_symbols"] = nil
        return ranges
    }()

    private static let scriptTable = """
        Zyyy Common;Latn Latin;Grek Greek;Cyrl Cyrillic;Armn Armenian;Hebr Hebrew;Arab Arabic;Syrc Syriac
        Thaa Thaana;Deva Devanagari;Beng Bengali;Guru Gurmukhi;Gujr Gujarati;Orya Oriya;Taml Tamil;Telu Telugu
        Knda Kannada;Mlym Malayalam;Sinh Sinhala;Thai Thai;Laoo Lao;Tibt Tibetan;Mymr Myanmar;Geor Georgian
        Hang Hangul;Ethi Ethiopic;Cher Cherokee;Cans Canadian_Aboriginal;Ogam Ogham;Runr Runic;Khmr Khmer
        Mong Mongolian;Hira Hiragana;Kana Katakana;Bopo Bopomofo;Hani Han;Yiii Yi;Ital Old_Italic;Goth Gothic
        Dsrt Deseret;Zinh Inherited;Tglg Tagalog;Hano Hanunoo;Buhd Buhid;Tagb Tagbanwa;Limb Limbu;Tale Tai_Le
        Linb Linear_B;Ugar Ugaritic;Shaw Shavian;Osma Osmanya;Cprt Cypriot;Brai Braille;Bugi Buginese;Copt Coptic
        Talu New_Tai_Lue;Glag Glagolitic;Tfng Tifinagh;Sylo Syloti_Nagri;Xpeo Old_Persian;Khar Kharoshthi
        Bali Balinese;Xsux Cuneiform;Phnx Phoenician;Phag Phags_Pa;Nkoo Nko;Sund Sundanese;Batk Batak;Lepc Lepcha
        Olck Ol_Chiki;Vaii Vai;Saur Saurashtra;Kali Kayah_Li;Rjng Rejang;Lyci Lycian;Cari Carian;Lydi Lydian
        Cham Cham;Lana Tai_Tham;Tavt Tai_Viet;Avst Avestan;Egyp Egyptian_Hieroglyphs;Samr Samaritan;Mand Mandaic
        Lisu Lisu;Bamu Bamum;Java Javanese;Mtei Meetei_Mayek;Armi Imperial_Aramaic;Sarb Old_South_Arabian
        Prti Inscriptional_Parthian;Phli Inscriptional_Pahlavi;Orkh Old_Turkic;Brah Brahmi;Kthi Kaithi
        Mero Meroitic_Hieroglyphs;Merc Meroitic_Cursive;Sora Sora_Sompeng;Cakm Chakma;Shrd Sharada;Takr Takri
        Plrd Miao;Aghb Caucasian_Albanian;Bass Bassa_Vah;Dupl Duployan;Elba Elbasan;Gran Grantha;Hmng Pahawh_Hmong
        Khoj Khojki;Lina Linear_A;Mahj Mahajani;Mani Manichaean;Mend Mende_Kikakui;Modi Modi;Mroo Mro
        Narb Old_North_Arabian;Nbat Nabataean;Palm Palmyrene;Pauc Pau_Cin_Hau;Perm Old_Permic;Phlp Psalter_Pahlavi
        Sidd Siddham;Sind Khudawadi;Tirh Tirhuta;Wara Warang_Citi;Ahom Ahom;Hluw Anatolian_Hieroglyphs;Hatr Hatran
        Mult Multani;Hung Old_Hungarian;Sgnw Signwriting;Adlm Adlam;Bhks Bhaiksuki;Marc Marchen;Newa Newa
        Osge Osage;Tang Tangut;Gonm Masaram_Gondi;Nshu Nushu;Soyo Soyombo;Zanb Zanabazar_Square
        Rohg Hanifi_Rohingya;Sogo Old_Sogdian;Sogd Sogdian;Dogr Dogra;Gong Gunjala_Gondi;Maka Makasar
        Medf Medefaidrin;Elym Elymaic;Nand Nandinagari;Hmnp Nyiakeng_Puachue_Hmong;Wcho Wancho;Yezi Yezidi
        Chrs Chorasmian;Diak Dives_Akuru;Kits Khitan_Small_Script;Zzzz Unknown
        """

    private static let blockTable = """
        0-7f BASIC LATIN;80-ff LATIN-1 SUPPLEMENT;100-17f LATIN EXTENDED-A;180-24f LATIN EXTENDED-B
        250-2af IPA EXTENSIONS;2b0-2ff SPACING MODIFIER LETTERS;300-36f COMBINING DIACRITICAL MARKS
        370-3ff GREEK AND COPTIC;400-4ff CYRILLIC;500-52f CYRILLIC SUPPLEMENTARY;530-58f ARMENIAN;590-5ff HEBREW
        600-6ff ARABIC;700-74f SYRIAC;750-77f ARABIC SUPPLEMENT;780-7bf THAANA;7c0-7ff NKO;800-83f SAMARITAN
        840-85f MANDAIC;860-86f SYRIAC SUPPLEMENT;8a0-8ff ARABIC EXTENDED-A;900-97f DEVANAGARI;980-9ff BENGALI
        a00-a7f GURMUKHI;a80-aff GUJARATI;b00-b7f ORIYA;b80-bff TAMIL;c00-c7f TELUGU;c80-cff KANNADA
        d00-d7f MALAYALAM;d80-dff SINHALA;e00-e7f THAI;e80-eff LAO;f00-fff TIBETAN;1000-109f MYANMAR
        10a0-10ff GEORGIAN;1100-11ff HANGUL JAMO;1200-137f ETHIOPIC;1380-139f ETHIOPIC SUPPLEMENT
        13a0-13ff CHEROKEE;1400-167f UNIFIED CANADIAN ABORIGINAL SYLLABICS;1680-169f OGHAM;16a0-16ff RUNIC
        1700-171f TAGALOG;1720-173f HANUNOO;1740-175f BUHID;1760-177f TAGBANWA;1780-17ff KHMER;1800-18af MONGOLIAN
        18b0-18ff UNIFIED CANADIAN ABORIGINAL SYLLABICS EXTENDED;1900-194f LIMBU;1950-197f TAI LE
        1980-19df NEW TAI LUE;19e0-19ff KHMER SYMBOLS;1a00-1a1f BUGINESE;1a20-1aaf TAI THAM
        1ab0-1aff COMBINING DIACRITICAL MARKS EXTENDED;1b00-1b7f BALINESE;1b80-1bbf SUNDANESE;1bc0-1bff BATAK
        1c00-1c4f LEPCHA;1c50-1c7f OL CHIKI;1c80-1c8f CYRILLIC EXTENDED-C;1c90-1cbf GEORGIAN EXTENDED
        1cc0-1ccf SUNDANESE SUPPLEMENT;1cd0-1cff VEDIC EXTENSIONS;1d00-1d7f PHONETIC EXTENSIONS
        1d80-1dbf PHONETIC EXTENSIONS SUPPLEMENT;1dc0-1dff COMBINING DIACRITICAL MARKS SUPPLEMENT
        1e00-1eff LATIN EXTENDED ADDITIONAL;1f00-1fff GREEK EXTENDED;2000-206f GENERAL PUNCTUATION
        2070-209f SUPERSCRIPTS AND SUBSCRIPTS;20a0-20cf CURRENCY SYMBOLS
        20d0-20ff COMBINING DIACRITICAL MARKS FOR SYMBOLS;2100-214f LETTERLIKE SYMBOLS;2150-218f NUMBER FORMS
        2190-21ff ARROWS;2200-22ff MATHEMATICAL OPERATORS;2300-23ff MISCELLANEOUS TECHNICAL
        2400-243f CONTROL PICTURES;2440-245f OPTICAL CHARACTER RECOGNITION;2460-24ff ENCLOSED ALPHANUMERICS
        2500-257f BOX DRAWING;2580-259f BLOCK ELEMENTS;25a0-25ff GEOMETRIC SHAPES;2600-26ff MISCELLANEOUS SYMBOLS
        2700-27bf DINGBATS;27c0-27ef MISCELLANEOUS MATHEMATICAL SYMBOLS-A;27f0-27ff SUPPLEMENTAL ARROWS-A
        2800-28ff BRAILLE PATTERNS;2900-297f SUPPLEMENTAL ARROWS-B;2980-29ff MISCELLANEOUS MATHEMATICAL SYMBOLS-B
        2a00-2aff SUPPLEMENTAL MATHEMATICAL OPERATORS;2b00-2bff MISCELLANEOUS SYMBOLS AND ARROWS
        2c00-2c5f GLAGOLITIC;2c60-2c7f LATIN EXTENDED-C;2c80-2cff COPTIC;2d00-2d2f GEORGIAN SUPPLEMENT
        2d30-2d7f TIFINAGH;2d80-2ddf ETHIOPIC EXTENDED;2de0-2dff CYRILLIC EXTENDED-A
        2e00-2e7f SUPPLEMENTAL PUNCTUATION;2e80-2eff CJK RADICALS SUPPLEMENT;2f00-2fdf KANGXI RADICALS
        2ff0-2fff IDEOGRAPHIC DESCRIPTION CHARACTERS;3000-303f CJK SYMBOLS AND PUNCTUATION;3040-309f HIRAGANA
        30a0-30ff KATAKANA;3100-312f BOPOMOFO;3130-318f HANGUL COMPATIBILITY JAMO;3190-319f KANBUN
        31a0-31bf BOPOMOFO EXTENDED;31c0-31ef CJK STROKES;31f0-31ff KATAKANA PHONETIC EXTENSIONS
        3200-32ff ENCLOSED CJK LETTERS AND MONTHS;3300-33ff CJK COMPATIBILITY
        3400-4dbf CJK UNIFIED IDEOGRAPHS EXTENSION A;4dc0-4dff YIJING HEXAGRAM SYMBOLS
        4e00-9fff CJK UNIFIED IDEOGRAPHS;a000-a48f YI SYLLABLES;a490-a4cf YI RADICALS;a4d0-a4ff LISU;a500-a63f VAI
        a640-a69f CYRILLIC EXTENDED-B;a6a0-a6ff BAMUM;a700-a71f MODIFIER TONE LETTERS;a720-a7ff LATIN EXTENDED-D
        a800-a82f SYLOTI NAGRI;a830-a83f COMMON INDIC NUMBER FORMS;a840-a87f PHAGS-PA;a880-a8df SAURASHTRA
        a8e0-a8ff DEVANAGARI EXTENDED;a900-a92f KAYAH LI;a930-a95f REJANG;a960-a97f HANGUL JAMO EXTENDED-A
        a980-a9df JAVANESE;a9e0-a9ff MYANMAR EXTENDED-B;aa00-aa5f CHAM;aa60-aa7f MYANMAR EXTENDED-A
        aa80-aadf TAI VIET;aae0-aaff MEETEI MAYEK EXTENSIONS;ab00-ab2f ETHIOPIC EXTENDED-A
        ab30-ab6f LATIN EXTENDED-E;ab70-abbf CHEROKEE SUPPLEMENT;abc0-abff MEETEI MAYEK;ac00-d7af HANGUL SYLLABLES
        d7b0-d7ff HANGUL JAMO EXTENDED-B;d800-db7f HIGH SURROGATES;db80-dbff HIGH PRIVATE USE SURROGATES
        dc00-dfff LOW SURROGATES;e000-f8ff PRIVATE USE AREA;f900-faff CJK COMPATIBILITY IDEOGRAPHS
        fb00-fb4f ALPHABETIC PRESENTATION FORMS;fb50-fdff ARABIC PRESENTATION FORMS-A;fe00-fe0f VARIATION SELECTORS
        fe10-fe1f VERTICAL FORMS;fe20-fe2f COMBINING HALF MARKS;fe30-fe4f CJK COMPATIBILITY FORMS
        fe50-fe6f SMALL FORM VARIANTS;fe70-feff ARABIC PRESENTATION FORMS-B;ff00-ffef HALFWIDTH AND FULLWIDTH FORMS
        fff0-ffff SPECIALS;10000-1007f LINEAR B SYLLABARY;10080-100ff LINEAR B IDEOGRAMS;10100-1013f AEGEAN NUMBERS
        10140-1018f ANCIENT GREEK NUMBERS;10190-101cf ANCIENT SYMBOLS;101d0-101ff PHAISTOS DISC;10280-1029f LYCIAN
        102a0-102df CARIAN;102e0-102ff COPTIC EPACT NUMBERS;10300-1032f OLD ITALIC;10330-1034f GOTHIC
        10350-1037f OLD PERMIC;10380-1039f UGARITIC;103a0-103df OLD PERSIAN;10400-1044f DESERET;10450-1047f SHAVIAN
        10480-104af OSMANYA;104b0-104ff OSAGE;10500-1052f ELBASAN;10530-1056f CAUCASIAN ALBANIAN
        10600-1077f LINEAR A;10800-1083f CYPRIOT SYLLABARY;10840-1085f IMPERIAL ARAMAIC;10860-1087f PALMYRENE
        10880-108af NABATAEAN;108e0-108ff HATRAN;10900-1091f PHOENICIAN;10920-1093f LYDIAN
        10980-1099f MEROITIC HIEROGLYPHS;109a0-109ff MEROITIC CURSIVE;10a00-10a5f KHAROSHTHI
        10a60-10a7f OLD SOUTH ARABIAN;10a80-10a9f OLD NORTH ARABIAN;10ac0-10aff MANICHAEAN;10b00-10b3f AVESTAN
        10b40-10b5f INSCRIPTIONAL PARTHIAN;10b60-10b7f INSCRIPTIONAL PAHLAVI;10b80-10baf PSALTER PAHLAVI
        10c00-10c4f OLD TURKIC;10c80-10cff OLD HUNGARIAN;10d00-10d3f HANIFI ROHINGYA
        10e60-10e7f RUMI NUMERAL SYMBOLS;10e80-10ebf YEZIDI;10f00-10f2f OLD SOGDIAN;10f30-10f6f SOGDIAN
        10fb0-10fdf CHORASMIAN;10fe0-10fff ELYMAIC;11000-1107f BRAHMI;11080-110cf KAITHI;110d0-110ff SORA SOMPENG
        11100-1114f CHAKMA;11150-1117f MAHAJANI;11180-111df SHARADA;111e0-111ff SINHALA ARCHAIC NUMBERS
        11200-1124f KHOJKI;11280-112af MULTANI;112b0-112ff KHUDAWADI;11300-1137f GRANTHA;11400-1147f NEWA
        11480-114df TIRHUTA;11580-115ff SIDDHAM;11600-1165f MODI;11660-1167f MONGOLIAN SUPPLEMENT;11680-116cf TAKRI
        11700-1173f AHOM;11800-1184f DOGRA;118a0-118ff WARANG CITI;11900-1195f DIVES AKURU;119a0-119ff NANDINAGARI
        11a00-11a4f ZANABAZAR SQUARE;11a50-11aaf SOYOMBO;11ac0-11aff PAU CIN HAU;11c00-11c6f BHAIKSUKI
        11c70-11cbf MARCHEN;11d00-11d5f MASARAM GONDI;11d60-11daf GUNJALA GONDI;11ee0-11eff MAKASAR
        11fb0-11fbf LISU SUPPLEMENT;11fc0-11fff TAMIL SUPPLEMENT;12000-123ff CUNEIFORM
        12400-1247f CUNEIFORM NUMBERS AND PUNCTUATION;12480-1254f EARLY DYNASTIC CUNEIFORM
        13000-1342f EGYPTIAN HIEROGLYPHS;13430-1343f EGYPTIAN HIEROGLYPH FORMAT CONTROLS
        14400-1467f ANATOLIAN HIEROGLYPHS;16800-16a3f BAMUM SUPPLEMENT;16a40-16a6f MRO;16ad0-16aff BASSA VAH
        16b00-16b8f PAHAWH HMONG;16e40-16e9f MEDEFAIDRIN;16f00-16f9f MIAO
        16fe0-16fff IDEOGRAPHIC SYMBOLS AND PUNCTUATION;17000-187ff TANGUT;18800-18aff TANGUT COMPONENTS
        18b00-18cff KHITAN SMALL SCRIPT;18d00-18d8f TANGUT SUPPLEMENT;1b000-1b0ff KANA SUPPLEMENT
        1b100-1b12f KANA EXTENDED-A;1b130-1b16f SMALL KANA EXTENSION;1b170-1b2ff NUSHU;1bc00-1bc9f DUPLOYAN
        1bca0-1bcaf SHORTHAND FORMAT CONTROLS;1d000-1d0ff BYZANTINE MUSICAL SYMBOLS;1d100-1d1ff MUSICAL SYMBOLS
        1d200-1d24f ANCIENT GREEK MUSICAL NOTATION;1d2e0-1d2ff MAYAN NUMERALS;1d300-1d35f TAI XUAN JING SYMBOLS
        1d360-1d37f COUNTING ROD NUMERALS;1d400-1d7ff MATHEMATICAL ALPHANUMERIC SYMBOLS
        1d800-1daaf SUTTON SIGNWRITING;1e000-1e02f GLAGOLITIC SUPPLEMENT;1e100-1e14f NYIAKENG PUACHUE HMONG
        1e2c0-1e2ff WANCHO;1e800-1e8df MENDE KIKAKUI;1e900-1e95f ADLAM;1ec70-1ecbf INDIC SIYAQ NUMBERS
        1ed00-1ed4f OTTOMAN SIYAQ NUMBERS;1ee00-1eeff ARABIC MATHEMATICAL ALPHABETIC SYMBOLS
        1f000-1f02f MAHJONG TILES;1f030-1f09f DOMINO TILES;1f0a0-1f0ff PLAYING CARDS
        1f100-1f1ff ENCLOSED ALPHANUMERIC SUPPLEMENT;1f200-1f2ff ENCLOSED IDEOGRAPHIC SUPPLEMENT
        1f300-1f5ff MISCELLANEOUS SYMBOLS AND PICTOGRAPHS;1f600-1f64f EMOTICONS;1f650-1f67f ORNAMENTAL DINGBATS
        1f680-1f6ff TRANSPORT AND MAP SYMBOLS;1f700-1f77f ALCHEMICAL SYMBOLS;1f780-1f7ff GEOMETRIC SHAPES EXTENDED
        1f800-1f8ff SUPPLEMENTAL ARROWS-C;1f900-1f9ff SUPPLEMENTAL SYMBOLS AND PICTOGRAPHS
        1fa00-1fa6f CHESS SYMBOLS;1fa70-1faff SYMBOLS AND PICTOGRAPHS EXTENDED-A
        1fb00-1fbff SYMBOLS FOR LEGACY COMPUTING;20000-2a6df CJK UNIFIED IDEOGRAPHS EXTENSION B
        2a700-2b73f CJK UNIFIED IDEOGRAPHS EXTENSION C;2b740-2b81f CJK UNIFIED IDEOGRAPHS EXTENSION D
        2b820-2ceaf CJK UNIFIED IDEOGRAPHS EXTENSION E;2ceb0-2ebef CJK UNIFIED IDEOGRAPHS EXTENSION F
        2f800-2fa1f CJK COMPATIBILITY IDEOGRAPHS SUPPLEMENT;30000-3134f CJK UNIFIED IDEOGRAPHS EXTENSION G
        e0000-e007f TAGS;e0100-e01ef VARIATION SELECTORS SUPPLEMENT;f0000-fffff SUPPLEMENTARY PRIVATE USE AREA-A
        100000-10ffff SUPPLEMENTARY PRIVATE USE AREA-B
        """
}
