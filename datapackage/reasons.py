"""The kinds of faults: a stable code for programs, what it means and what to do, for `docs/faults.md`."""

from enum import StrEnum


class Reason(StrEnum):
    """Why an input is refused; equal to its code, as a fault's line ends with it in brackets.

    Attributes
    ----------
    meaning : str
        What is wrong, in a sentence.
    remedy : str
        What to do about it, in a sentence.

    Examples
    --------
    >>> Reason.MISSING_FILE == "missing-file"
    True
    >>> print(Reason("missing-file").meaning)
    A file that is needed is not there.
    """

    meaning: str
    remedy: str

    def __new__(cls, code: str, meaning: str = "", remedy: str = "") -> "Reason":
        """Make a member of its code and its two sentences."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        member.remedy = remedy
        return member

    # Files
    CHANGED_FILE = (
        "changed-file",
        "A file of the archive is not the published one.",
        "Take the published file, or accept this one with --allow-changed.",
    )
    DAMAGED_FILE = ("damaged-file", "A compressed file cannot be read to its end.", "Get the file again.")
    ENCODING_ERROR = ("encoding-error", "A file is not UTF-8 from the row named.", "Save the file as UTF-8.")
    EXISTS = ("exists", "The file to write exists and is never written over.", "Name another file.")
    FORMAT = (
        "format",
        "A file, an entry or a text is not of the form that it must have.",
        "Correct it at the place named, or restore the file.",
    )
    MISSING_FILE = ("missing-file", "A file that is needed is not there.", "Restore it, or name the right folder.")
    TOO_LARGE = (
        "too-large",
        "A file unpacks to far more than any real one does.",
        "Do not use the file; get it again from its source.",
    )
    UNSAFE_PATH = (
        "unsafe-path",
        "A member of an archive leads out of the folder to unpack to, or is a link.",
        "Do not use the file; get it again from its source.",
    )
    # Tables: their form, as datapackage.json describes it
    BLANK_ROW = ("blank-row", "A row is empty.", "Remove the row.")
    CELLS = ("cells", "A row of a fetched table has more or fewer cells than columns.", "Write the tables again.")
    CONSTRAINT_ERROR = (
        "constraint-error",
        "A cell breaks a constraint of its column: allowed values, limits, pattern, or that it must not be empty.",
        "Correct the cell; the message names what is allowed.",
    )
    DUPLICATE_LABEL = ("duplicate-label", "A column stands twice.", "Keep one of the columns.")
    EMPTY_TABLE = ("empty-table", "A table has no rows.", "Restore its rows.")
    EXTRA_CELL = ("extra-cell", "A row has more cells than columns.", "Remove the cell, or quote its comma.")
    EXTRA_LABEL = (
        "extra-label",
        "A column is not described.",
        "Remove the column or describe it in datapackage.json.",
    )
    FOREIGN_KEY = (
        "foreign-key",
        "A row refers to a row of another table that does not exist.",
        "Add the row it refers to, or correct the key.",
    )
    HASH_COUNT = (
        "hash-count",
        "A file was edited since it was described.",
        "If the edit is intended, run `python -m analysis describe`; otherwise restore the file.",
    )
    HIDDEN_CHARACTER = (
        "hidden-character",
        "A cell holds control characters, escapes or marks that turn the direction of text.",
        "Type the cell anew.",
    )
    INCORRECT_LABEL = (
        "incorrect-label",
        "The header does not name the columns in the order described.",
        "Name and order the columns as in datapackage.json.",
    )
    MISSING_CELL = (
        "missing-cell",
        "A row has fewer cells than columns.",
        "Give the row all its cells; look for an unquoted line break.",
    )
    MISSING_LABEL = ("missing-label", "A column is missing.", "Add the column.")
    PRIMARY_KEY = ("primary-key", "Two rows have the same key.", "Keep one row per key.")
    SOURCE_ERROR = (
        "source-error",
        "A table cannot be read: it is empty, has no header, or is no CSV.",
        "Restore the file or write its header row.",
    )
    TYPE = ("type", "A cell of a fetched table is not of its column's type.", "Write the tables again.")
    TYPE_ERROR = (
        "type-error",
        "A cell is not of its column's type.",
        "Write whole numbers, numbers with a decimal point, days as 2024-01-31, and true or false.",
    )
    UNDESCRIBED_FILE = (
        "undescribed-file",
        "A table in the data folder is not described.",
        "Add it to datapackage.json or move it elsewhere.",
    )
    UNIQUE_ERROR = ("unique-error", "A value of a column that must not repeat repeats.", "Keep one of the rows.")
    UNKNOWN_TABLE = ("unknown-table", "datapackage.json describes no table of this name.", "Name one that it has.")
    # Tables: rules between columns and tables
    CODE_OF_DIMENSION = ("code-of-dimension", "A rating's code is not one of its dimension's.", "Correct either.")
    DATE_ORDER = (
        "date-order",
        "Days contradict each other, the order of the issues' numbers, or the time in which issues could be opened.",
        "Correct the day that is wrong.",
    )
    DETAIL_OF_CAUSE = ("detail-of-cause", "A finer cause is not one of its cause's.", "Correct either.")
    DIFFERENCE_OF_EVIDENCE = (
        "difference-of-evidence",
        "The largest difference of a conversion's outputs is not of the kind recorded, or too large for a match.",
        "Correct the difference, or what is recorded of it.",
    )
    DUPLICATE_RANK = (
        "duplicate-rank",
        "Two issues of one sample and converter have the same rank in the population.",
        "Correct one of them.",
    )
    NOT_A_NUMBER = ("not-a-number", "A printed claim's unit asks for a number and its text is none.", "Correct either.")
    ONE_RELEASE_DAY = (
        "one-release-day",
        "An operator set of one source has two days of release.",
        "Give all its rows the same day.",
    )
    OPTION_OF_QUESTION = (
        "option-of-question",
        "An answer is no option or theme of its question.",
        "Correct the answer, or add the option to questions.yaml.",
    )
    OUTCOME_OF_EVIDENCE = (
        "outcome-of-evidence",
        "A conversion's outcome is not the one that follows from what is recorded of it.",
        "Correct the outcome, or the evidence.",
    )
    RANK_BEYOND_POPULATION = (
        "rank-beyond-population",
        "An issue's rank is not within its population; ranks count from 0.",
        "Correct the rank, or the population in samples.csv.",
    )
    REPOSITORY_OF_CONVERTER = (
        "repository-of-converter",
        "An issue is of another repository than its converter's other issues.",
        "Correct the issue or the converter.",
    )
    PART_OF_TOTAL = ("part-of-total", "A part is larger than its total.", "Correct either.")
    REVISION_ORDER = (
        "revision-order",
        "A rating's revision does not follow the one before.",
        "Count revisions from 1, without gaps.",
    )
    STATUS_REASON = (
        "status-reason",
        "A deprecated row lacks a reason, or an active one has it.",
        "Give a reason to deprecated rows alone.",
    )
    # Codebook, questionnaire, lists of converters, descriptor
    AMBIGUOUS_CODE = (
        "ambiguous-code",
        "Two codes of one dimension share a slug, a name, an alias or a number.",
        "Leave it to one of them.",
    )
    AMBIGUOUS_OPTION = ("ambiguous-option", "Two options of one question share a spelling.", "Leave it to one of them.")
    DESCRIPTOR_OUTDATED = (
        "descriptor-outdated",
        "The allowed codes in datapackage.json are not the codebook's.",
        "Run `python -m analysis describe`.",
    )
    DESCRIPTION = (
        "description",
        "datapackage.json contradicts itself, the codebook, the questions, or the columns that the code reads.",
        "Correct the entry that the column of the fault names.",
    )
    DUPLICATE_QUESTION = ("duplicate-question", "A question stands twice.", "Keep one of them.")
    MISSING_KEY = ("missing-key", "An entry lacks a key that it must have.", "Add the key.")
    REPEATED = ("repeated", "An entry or a row stands twice.", "Keep one of them.")
    RETIRED_CODE = (
        "retired-code",
        "A retired code does not say what took its place.",
        "Name codes of its dimension in 'becomes'.",
    )
    UNKNOWN_KEY = ("unknown-key", "An entry has a key that nothing reads.", "Correct its spelling or remove it.")
    UNKNOWN_KIND = (
        "unknown-kind",
        "A value is none of those that can stand there, such as a question's kind.",
        "Choose one that the message names.",
    )
    # The published archive
    CONTRADICTION = (
        "contradiction",
        "Two places of the archive's files say different things of one thing.",
        "Correct the wrong one, or take the published file.",
    )
    DUPLICATE_ISSUE = ("duplicate-issue", "An issue stands in two rows of a sheet.", "Keep one row.")
    DUPLICATE_MODEL = ("duplicate-model", "A model stands in two entries.", "Keep one entry.")
    DUPLICATE_OPERATOR = ("duplicate-operator", "An operator stands twice in one change of a set.", "Keep one.")
    EMPTY_SHEET = ("empty-sheet", "A sheet has no rows below its header.", "Take the published file.")
    INVALID_DATE = ("invalid-date", "A text is no day.", "Write the day in the form that the message names.")
    INVALID_NUMBER = ("invalid-number", "A text is no whole number in the range needed.", "Correct the number.")
    INVALID_OPERATOR = ("invalid-operator", "A text names no operator.", "Write the operator's name.")
    INVALID_URL = ("invalid-url", "A text is no address of a GitHub issue.", "Write the issue's address.")
    MISSING_CODE = ("missing-code", "A failure has no code in a dimension.", "Add the code's number and name.")
    MISSING_COLUMN = ("missing-column", "A question is missing from the export.", "Take the published file.")
    MISSING_DATE = ("missing-date", "A day that is needed is not known.", "Add it where the message says.")
    MISSING_SHEET = ("missing-sheet", "A workbook lacks a sheet.", "Take the published file.")
    MISSING_URL = ("missing-url", "A row names no issue.", "Write the issue's address.")
    UNKNOWN_CODE = ("unknown-code", "A number or a name is no code of its dimension.", "Correct it, or add an alias.")
    UNKNOWN_COLUMN = (
        "unknown-column",
        "A column of the export is neither a question nor listed as out of scope.",
        "Add it to questions.yaml.",
    )
    UNKNOWN_ERROR = ("unknown-error", "No rule knows this error text.", "Add a rule to error_rules.py.")
    UNKNOWN_OPTION = ("unknown-option", "A cell holds a text that is no option of its question.", "Add an alias.")
    UNKNOWN_THEME = (
        "unknown-theme",
        "A theme is not one of its question's.",
        "Correct it, or add it to questions.yaml.",
    )
    UNMATCHED_ANSWER = ("unmatched-answer", "A coded answer belongs to no respondent.", "Correct the answer's text.")
    WRONG_REPOSITORY = ("wrong-repository", "An issue is of another repository than its converter's.", "Move the row.")
    # Mining and samples
    CHANGED_ARCHIVE = (
        "changed-archive",
        "A fetched file is not the one that was stored.",
        "Fetch the converter again.",
    )
    DAMAGED_ARCHIVE = ("damaged-archive", "A fetched file cannot be read.", "Fetch the converter again.")
    EMPTY_STORE = ("empty-store", "The store holds none of the converters asked for.", "Fetch them first.")
    INCOMPLETE_ARCHIVE = ("incomplete-archive", "Fetching has not come to its end.", "Run the same fetch again.")
    NO_TOKEN = ("no-token", "No token for GitHub is set.", "Set GITHUB_TOKEN or name a --token-file.")
    NOT_FETCHED = ("not-fetched", "The store does not hold this converter.", "Fetch it first.")
    ONE_CONVERTER = ("one-converter", "The command works on exactly one converter.", "Name one with --converter.")
    SAMPLE_TOO_LARGE = ("sample-too-large", "More issues are asked for than there are.", "Ask for fewer.")
    UNKNOWN_CONVERTER = ("unknown-converter", "The list has no converter of this name.", "Name one that it has.")
    UNKNOWN_ISSUE = ("unknown-issue", "An issue is not in the store's population.", "Remove its row.")
    UNLABELLED = ("unlabelled", "A row of a sheet has no label.", "Label it.")
    # Labelling
    HALF_LABELLED = (
        "half-labelled",
        "An issue lacks a code, or raters who have labelled it.",
        "Label it, or take what is complete with --partial.",
    )
    HAS_DETAILS = (
        "has-details",
        "A code to merge or split has details, which would be lost.",
        "Give its details up first.",
    )
    INTERRUPTED = ("interrupted", "A change of several tables was interrupted.", "Run `python -m labelling recover`.")
    KNOWN_SAMPLE = (
        "known-sample",
        "The data has a sample of this name already.",
        "Give the new one a name of its own.",
    )
    MISSING_REASON = ("missing-reason", "A decision or a deprecation does not say who or why.", "Say it.")
    MIXED_SHEETS = (
        "mixed-sheets",
        "A file holds rows of several raters' sheets.",
        "Return each sheet in a file of its own.",
    )
    NOT_BLIND = (
        "not-blind",
        "A hidden issue would be known by its empty title.",
        "Hydrate its title, or leave all titles out.",
    )
    NOTHING_LEFT = ("nothing-left", "Every issue of the sample was given out.", "Give them out again with --again.")
    OPEN_ELSEWHERE = ("open-elsewhere", "A spreadsheet program has the sheet open.", "Close it there.")
    OTHER_KIND = (
        "other-kind",
        "A pseudonym belongs to a rater of another kind, or to another model.",
        "Use another pseudonym.",
    )
    OTHER_SHEET = (
        "other-sheet",
        "A sheet is another one than the options say.",
        "Leave the options out, or name the right file.",
    )
    SAME_CODE = ("same-code", "A code is to be merged into itself.", "Name two codes.")
    TOO_MANY = ("too-many", "More is asked for than there is.", "Ask for less.")
    UNASSIGNED_ISSUE = ("unassigned-issue", "A sheet has an issue that its rater was not given.", "Remove the row.")
    UNKNOWN_RATER = ("unknown-rater", "A round has no such rater.", "Correct the name.")
    UNKNOWN_ROUND = ("unknown-round", "A sample has no such round.", "Name one that it has.")
    UNKNOWN_SHEET = ("unknown-sheet", "A sheet does not tell whose it is.", "Name --sample, --round and --rater.")
    UNMAPPED = ("unmapped", "A label has no new code after a split.", "Fill the mapping.")
    REFUSED = ("refused", "A server does not accept the request.", "Check its address, the model and the key.")
    # Analyses
    INVALID = ("invalid", "A value cannot be right.", "Correct it as the message says.")
    NO_RATINGS = ("no-ratings", "No rating of this round is there.", "Name a round that ratings.csv has.")
    TOO_FEW_RELEASES = ("too-few-releases", "Too few releases have failures for the statistic.", "Use a larger sample.")
    UNKNOWN_SAMPLE = ("unknown-sample", "failures.csv has no sample of this name.", "Name one that it has.")
    MISSING_TABLE = (
        "missing-table",
        "The data lacks a table that exists only where the full archive was imported.",
        "Import a clone of the archive that has its large files.",
    )
    USED_STORE = (
        "used-store",
        "The store holds another population already.",
        "Name another store.",
    )
    UNKNOWN_FILTER = (
        "unknown-filter",
        "The issues of a store lack what this filter looks at.",
        "Use a filter that the message names.",
    )
    FEWER_ROWS = (
        "fewer-rows",
        "An import would leave a table with fewer rows.",
        "Take the archive's own files, or use --allow-fewer-rows.",
    )
    FEWER_VALUES = (
        "fewer-values",
        "An import would leave a column with fewer values.",
        "Take the archive's own files, or use --allow-fewer-rows.",
    )
    EMPTY_FILE = (
        "empty-file",
        "A file of the archive holds no entry.",
        "Take the archive's own file.",
    )
    MISSING_MEMBER = (
        "missing-member",
        "A ZIP file of the archive lacks a file.",
        "Take the archive's own file.",
    )
    COPIES_DIFFER = (
        "copies-differ",
        "A file lies in the archive twice, with different contents.",
        "Keep the published one.",
    )
    REPEATED_COLUMN = (
        "repeated-column",
        "A header stands twice.",
        "Keep one of the columns.",
    )
    DUPLICATE_KEY = (
        "duplicate-key",
        "A key of a JSON file stands twice.",
        "Keep one.",
    )
