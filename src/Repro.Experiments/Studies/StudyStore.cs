using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Repro.Core;

namespace Repro.Experiments.Studies;

/// <summary>Someone who ranks.</summary>
/// <param name="Id">Number in the database.</param>
/// <param name="Name">As they gave it.</param>
/// <param name="Token">Secret of the link that brings them back.</param>
internal sealed record Rater(long Id, string Name, string Token);

/// <summary>A ranking of the answers to one item.</summary>
/// <param name="Rater">Who ranked.</param>
/// <param name="Item">Number of the item, from 0.</param>
/// <param name="Ranks">Rank of each answer in the order of the file, 1 is best; ranks may repeat.</param>
/// <param name="Shown">Places of the answers in the order in which they were shown.</param>
/// <param name="Seconds">From the moment the item was shown; null where it is not known.</param>
/// <param name="At">When it was saved; null where it is not known.</param>
/// <param name="Revision">How many rankings of this person and item came before it.</param>
internal sealed record Ranking(
    string Rater, int Item, IReadOnlyList<int> Ranks, IReadOnlyList<int> Shown, double? Seconds, string? At, int Revision);

/// <summary>A study in one SQLite file. What <see cref="Save"/> has returned from is on disk. Nothing is ever overwritten: a second ranking
/// of an item is a new row, and the newest one counts.</summary>
internal sealed class StudyStore : IDisposable
{
    // "RPST": tells the file from databases of other programs.
    private const int Application = 0x52505354;
    private const int Version = 1;
    private const int LongestName = 80;
    private const string Journal = "-wal";

    private readonly Lock _lock = new();
    private readonly SqliteConnection _connection;
    private readonly string _path;

    private StudyStore(SqliteConnection connection, string path) => (_connection, _path) = (connection, path);

    /// <summary>The seed of the orders.</summary>
    internal long Seed { get; private set; }

    /// <summary>Secret of the page with everybody's progress.</summary>
    internal string OwnerKey { get; private set; } = string.Empty;

    /// <summary>Random letters that tell the study from others of the same machine.</summary>
    internal string Name { get; private set; } = string.Empty;

    /// <summary>The items.</summary>
    internal IReadOnlyList<StudyItem> Items { get; private set; } = [];

    /// <summary>Whether there is something at a path.</summary>
    internal static bool Exists(string path) => File.Exists(path) && new FileInfo(path).Length > 0;

    /// <summary>Makes a study. The file is there whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="seed">Seed of the orders.</param>
    /// <param name="items">At least one item.</param>
    /// <param name="fill">Adds raters and rankings before the file gets its name; where it throws, there is no file.</param>
    /// <exception cref="ReproException">The file is there already or cannot be written.</exception>
    internal static StudyStore Create(string path, long seed, IReadOnlyList<StudyItem> items, Action<StudyStore>? fill = null)
    {
        if (Exists(path))
        {
            throw new ReproException($"{path}: the file exists already");
        }

        // SQLite would play it into the new file.
        if (File.Exists(path + Journal))
        {
            throw new ReproException($"{path + Journal}: holds the last rankings of a study whose file {path} is gone; "
                + "put the file back, or move this one away");
        }

        if (items.Count == 0)
        {
            throw new ReproException("there is no item to rank");
        }

        return Guarded(path, () =>
        {
            AtomicFile.Write(path, partial => Make(partial, seed, items, fill));
            return Loaded(path);
        });
    }

    /// <summary>Opens a study.</summary>
    /// <exception cref="ReproException">The file is missing, damaged, or of another program or version.</exception>
    internal static StudyStore Open(string path)
    {
        if (!Exists(path))
        {
            throw new ReproException($"{path}: there is no study; 'study serve FILE --out {path}' makes one");
        }

        return Guarded(path, () => Loaded(path));
    }

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    /// <summary>Everybody who has begun, in that order.</summary>
    internal IReadOnlyList<Rater> Raters() => Query("SELECT id, name, token FROM rater ORDER BY id",
        row => new Rater(row.GetInt64(0), row.GetString(1), row.GetString(2)));

    /// <summary>Who has a token; null for nobody.</summary>
    internal Rater? ByToken(string? token) => token is null ? null : Query("SELECT id, name, token FROM rater WHERE token = $token",
        row => new Rater(row.GetInt64(0), row.GetString(1), row.GetString(2)), ("$token", token)).SingleOrDefault();

    /// <summary>Who has a name, large and small letters alike; null for nobody.</summary>
    internal Rater? ByName(string name) =>
        Raters().FirstOrDefault(rater => string.Equals(rater.Name, Clean(name), StringComparison.OrdinalIgnoreCase));

    /// <summary>Adds a person.</summary>
    /// <exception cref="ReproException">The name is empty, too long, holds control characters or is there already.</exception>
    internal Rater AddRater(string name)
    {
        var clean = Clean(name);
        if (clean.Length is 0 or > LongestName || clean.Any(char.IsControl))
        {
            throw new ReproException(Invariant($"a name of 1 to {LongestName} characters was expected"));
        }

        lock (_lock)
        {
            if (ByName(clean) is { } other)
            {
                throw new ReproException($"the name '{clean}' is there already (as '{other.Name}'; large and small letters count as one)");
            }

            var token = Secret();
            Execute("INSERT INTO rater(name, token) VALUES($name, $token)", ("$name", clean), ("$token", token));
            return ByToken(token)!;
        }
    }

    /// <summary>Saves a ranking. Equal to the newest one of this person and item it changes nothing.</summary>
    /// <param name="rater">Who ranked.</param>
    /// <param name="item">Number of the item, from 0.</param>
    /// <param name="ranks">Rank of each answer in the order of the file.</param>
    /// <param name="shown">Places of the answers in the order in which they were shown.</param>
    /// <param name="seconds">How long it took.</param>
    /// <param name="at">When; null for rankings whose time is not known.</param>
    /// <exception cref="ReproException">There is no such item, or not one rank from 1 on for each answer.</exception>
    internal void Save(Rater rater, int item, IReadOnlyList<int> ranks, IReadOnlyList<int> shown, double? seconds, DateTimeOffset? at)
    {
        if (item < 0 || item >= Items.Count)
        {
            throw new ReproException(Invariant($"item {item + 1} was asked for, the study has {Items.Count}"));
        }

        var count = Items[item].Answers.Count;
        if (ranks.Count != count || ranks.Any(rank => rank < 1 || rank > count))
        {
            throw new ReproException(Invariant($"item {item + 1}: one rank from 1 to {count} for each of {count} answers was expected"));
        }

        if (!shown.Order().SequenceEqual(Enumerable.Range(0, count)))
        {
            throw new ReproException(Invariant($"item {item + 1}: an order with each of {count} answers once was expected"));
        }

        lock (_lock)
        {
            if (Newest(rater, item) is { } newest && newest.Ranks.SequenceEqual(ranks))
            {
                return;
            }

            var time = at?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
            Execute("INSERT INTO ranking(rater, item, ranks, shown, seconds, at) VALUES($rater, $item, $ranks, $shown, $seconds, $at)",
                ("$rater", rater.Id), ("$item", item), ("$ranks", JsonSerializer.Serialize(ranks)),
                ("$shown", JsonSerializer.Serialize(shown)), ("$seconds", seconds), ("$at", time));
        }
    }

    /// <summary>All rankings in the order in which they were saved; those that a later one replaced are among them.</summary>
    internal IReadOnlyList<Ranking> History() => Rankings("ORDER BY ranking.id");

    /// <summary>The rankings that count: the newest of each person and item, in the order in which their first one was saved.</summary>
    internal IReadOnlyList<Ranking> Current() => Rankings(
        "JOIN (SELECT MIN(id) first, MAX(id) newest FROM ranking GROUP BY rater, item) ON newest = ranking.id ORDER BY first");

    /// <summary>The ranking of a person and item that counts; null where there is none.</summary>
    internal Ranking? Newest(Rater rater, int item) => Rankings(
        "WHERE ranking.rater = $rater AND item = $item ORDER BY ranking.id DESC LIMIT 1",
        ("$rater", rater.Id), ("$item", item)).SingleOrDefault();

    /// <summary>Numbers of the items that a person has ranked.</summary>
    internal IReadOnlySet<int> Done(Rater rater) =>
        Query("SELECT DISTINCT item FROM ranking WHERE rater = $rater", row => row.GetInt32(0), ("$rater", rater.Id)).ToHashSet();

    private List<Ranking> Rankings(string which, params (string Name, object? Value)[] values) => Query(
        "SELECT name, item, ranks, shown, seconds, at, (SELECT COUNT(*) FROM ranking older WHERE older.rater = ranking.rater "
        + "AND older.item = ranking.item AND older.id < ranking.id) FROM ranking JOIN rater ON rater.id = ranking.rater " + which,
        row => new Ranking(row.GetString(0), row.GetInt32(1), Numbers(row.GetString(2)), Numbers(row.GetString(3)),
            row.IsDBNull(4) ? null : row.GetDouble(4), row.IsDBNull(5) ? null : row.GetString(5), row.GetInt32(6)), values);

    private static string Clean(string name) => name.Trim().Normalize();

    private static string Secret() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12));

    private static int[] Numbers(string json) => JsonSerializer.Deserialize<int[]>(json)!;

    private static void Make(string partial, long seed, IReadOnlyList<StudyItem> items, Action<StudyStore>? fill)
    {
        foreach (var left in new[] { partial, partial + Journal, partial + "-shm" })
        {
            File.Delete(left);
        }

        using var store = new StudyStore(Connect(partial, SqliteOpenMode.ReadWriteCreate), partial);
        store.WaitForDisk();
        using var transaction = store._connection.BeginTransaction();
        store.Fill(seed, items);
        store.Load();
        fill?.Invoke(store);
        transaction.Commit();
    }

    private static StudyStore Loaded(string path)
    {
        var store = new StudyStore(Connect(path, SqliteOpenMode.ReadWrite), path);
        try
        {
            store.Check();
            store.WaitForDisk();
            store.Load();
            return store;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    private void Fill(long seed, IReadOnlyList<StudyItem> items)
    {
        Execute("""
            CREATE TABLE setting(name TEXT PRIMARY KEY, value TEXT NOT NULL);
            CREATE TABLE item(number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, part TEXT NOT NULL, content TEXT NOT NULL);
            CREATE TABLE rater(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE COLLATE NOCASE, token TEXT NOT NULL UNIQUE);
            CREATE TABLE ranking(id INTEGER PRIMARY KEY AUTOINCREMENT, rater INTEGER NOT NULL REFERENCES rater(id),
                item INTEGER NOT NULL REFERENCES item(number), ranks TEXT NOT NULL, shown TEXT NOT NULL, seconds REAL, at TEXT);
            CREATE INDEX ranking_of ON ranking(rater, item, id);
            """);
        Execute(Invariant($"PRAGMA application_id = {Application}"));
        Execute(Invariant($"PRAGMA user_version = {Version}"));
        Execute("INSERT INTO setting VALUES('seed', $seed), ('owner', $owner), ('name', $name)", ("$seed", Invariant($"{seed}")),
            ("$owner", Secret()), ("$name", Secret()[..8]));
        for (var i = 0; i < items.Count; i++)
        {
            Execute("INSERT INTO item VALUES($number, $key, $part, $content)",
                ("$number", i), ("$key", items[i].Key), ("$part", items[i].Group), ("$content", items[i].Json()));
        }
    }

    private void Load()
    {
        var settings = Query("SELECT name, value FROM setting", row => (Name: row.GetString(0), Value: row.GetString(1)))
            .ToDictionary(pair => pair.Name, pair => pair.Value, StringComparer.Ordinal);
        (Seed, OwnerKey, Name) = (long.Parse(settings["seed"], CultureInfo.InvariantCulture), settings["owner"], settings["name"]);
        Items = Query("SELECT key, part, content FROM item ORDER BY number",
            row => StudyItem.FromJson(row.GetString(0), row.GetString(1), row.GetString(2)));
    }

    private void Check()
    {
        var application = Query("PRAGMA application_id", row => row.GetInt64(0))[0];
        if (application != Application)
        {
            throw new ReproException($"{_path}: this is the database of another program, not a study");
        }

        var version = Query("PRAGMA user_version", row => row.GetInt64(0))[0];
        if (version != Version)
        {
            throw new ReproException(Invariant($"{_path}: a study of version {version}; this program knows version {Version}"));
        }

        var problem = Query("PRAGMA quick_check(1)", row => row.GetString(0))[0];
        if (problem != "ok")
        {
            throw new ReproException($"{_path}: the database is damaged ({problem}); restore a copy");
        }
    }

    private static SqliteConnection Connect(string path, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false, DefaultTimeout = 30 }.ToString());
        try
        {
            connection.Open();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    // Every commit waits for the disk. Asked for after the check, as it changes the file.
    private void WaitForDisk() => Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");

    // One connection serves all requests.
    private void Execute(string sql, params (string Name, object? Value)[] values)
    {
        lock (_lock)
        {
            using var command = Command(sql, values);
            command.ExecuteNonQuery();
        }
    }

    private List<T> Query<T>(string sql, Func<SqliteDataReader, T> read, params (string Name, object? Value)[] values)
    {
        lock (_lock)
        {
            using var command = Command(sql, values);
            using var reader = command.ExecuteReader();
            var rows = new List<T>();
            while (reader.Read())
            {
                rows.Add(read(reader));
            }

            return rows;
        }
    }

    private SqliteCommand Command(string sql, (string Name, object? Value)[] values)
    {
        var command = _connection.CreateCommand();
#pragma warning disable CA2100 // Every text is a constant of this file; values are parameters.
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach (var (name, value) in values)
        {
            command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        }

        return command;
    }

    private static StudyStore Guarded(string path, Func<StudyStore> open)
    {
        try
        {
            return open();
        }
        catch (SqliteException e)
        {
            const int Damaged = 11, NoDatabase = 26;
            throw new ReproException(e.SqliteErrorCode switch
            {
                NoDatabase => $"{path}: this is no SQLite database; the file of a study was expected",
                Damaged => $"{path}: the database is damaged ({e.Message}); restore a copy",
                _ => $"{path}: cannot be opened ({e.Message})",
            }, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ReproException($"{path}: cannot be written ({e.Message})", e);
        }
        catch (Exception e) when (e is KeyNotFoundException or FormatException or JsonException or InvalidOperationException
            or ArgumentException)
        {
            throw new ReproException($"{path}: the study in it is damaged ({e.Message}); restore a copy", e);
        }
    }
}
