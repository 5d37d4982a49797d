namespace Repro.Tests.Unit.Compat.Snapshots;

public sealed class SnapshotSerializationTests : IDisposable
{
    private readonly SnapshotSandbox _sandbox = new();

    private enum Colour
    {
        None,
        Red,
    }

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task Objects_are_written_without_quotes_in_declaration_order()
    {
        var value = new Person("Ada \"Countess\" \\ Lovelace", 36, true, Colour.Red, new Person("Byron", 0, false, Colour.None, null, null), [1.5, 2, double.NaN]);

        (await _sandbox.SnapshotOf(value)).Should().Be("""
            {
              Name: Ada "Countess" \ Lovelace,
              Age: 36,
              IsAlive: true,
              Eyes: Red,
              Parent: {
                Name: Byron,
                IsAlive: false
              },
              Scores: [
                1.5,
                2.0,
                NaN
              ]
            }
            """.ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task Nulls_defaults_and_empty_collections_are_left_out_of_objects_but_kept_in_collections()
    {
        var value = new
        {
            Null = (string?)null,
            Zero = 0,
            ZeroOrNothing = (int?)0,
            False = false,
            Empty = Array.Empty<int>(),
            EmptyText = string.Empty,
            List = new int?[] { 0, null },
            Map = new Dictionary<string, int> { ["a"] = 0 },
        };

        (await _sandbox.SnapshotOf(value)).Should().Be("""
            {
              ZeroOrNothing: 0,
              False: false,
              EmptyText: ,
              List: [
                0,
                null
              ],
              Map: {
                a: 0
              }
            }
            """.ReplaceLineEndings("\n"));
        (await _sandbox.SnapshotOf(new { Empty = Array.Empty<int>() }, settings => settings.DontIgnoreEmptyCollections()))
            .Should().Be("{\n  Empty: []\n}");
    }

    [Fact]
    public async Task Dictionaries_are_sorted_by_key_unless_asked_not_to()
    {
        var value = new Dictionary<string, object?> { ["b"] = 1, ["B"] = 2, ["a"] = null };

        (await _sandbox.SnapshotOf(value)).Should().Be("{\n  B: 2,\n  a: null,\n  b: 1\n}");
        (await _sandbox.SnapshotOf(value, settings => settings.DontSortDictionaries())).Should().Be("{\n  b: 1,\n  B: 2,\n  a: null\n}");
        (await _sandbox.SnapshotOf(new SortedDictionary<int, string> { [10] = "x", [9] = "y" })).Should().Be("{\n  9: y,\n  10: x\n}");
    }

    [Fact]
    public async Task Roots_of_simple_type_are_plain_text()
    {
        (await _sandbox.SnapshotOf(null)).Should().Be("null");
        (await _sandbox.SnapshotOf(string.Empty)).Should().Be("emptyString");
        (await _sandbox.SnapshotOf("two\r\nlines")).Should().Be("two\nlines");
        (await _sandbox.SnapshotOf(12L)).Should().Be("12");
        (await _sandbox.SnapshotOf(0.1)).Should().Be("0.1");
        (await _sandbox.SnapshotOf(Colour.Red)).Should().Be("Red");
        (await _sandbox.SnapshotOf(Array.Empty<string>())).Should().Be("[]");
        (await _sandbox.SnapshotOf((First: 1, Second: "b"))).Should().Be("{\n  Item1: 1,\n  Item2: b\n}");
    }

    [Fact]
    public async Task Text_of_several_lines_starts_on_its_own_line()
    {
        (await _sandbox.SnapshotOf(new { Text = "a\nb", Next = 1 })).Should().Be("{\n  Text:\na\nb,\n  Next: 1\n}");
    }

    [Fact]
    public async Task Guids_and_dates_get_stable_numbers_unless_asked_not_to()
    {
        var guid = Guid.Parse("0f8fad5b-d9cb-469f-a165-70867728950e");
        var day = new DateTime(2024, 2, 3, 0, 0, 0, DateTimeKind.Utc);
        var value = new { A = guid, B = Guid.NewGuid(), C = guid.ToString(), Day = day, Moment = day.AddHours(1), Date = new DateOnly(2024, 2, 3), Same = day };

        (await _sandbox.SnapshotOf(value)).Should().Be("""
            {
              A: Guid_1,
              B: Guid_2,
              C: Guid_1,
              Day: DateTime_1,
              Moment: DateTime_2,
              Date: Date_1,
              Same: DateTime_1
            }
            """.ReplaceLineEndings("\n"));
        var plain = await _sandbox.SnapshotOf(new { A = guid, Day = day, Moment = day.AddHours(1) }, settings =>
        {
            settings.DontScrubGuids();
            settings.DontScrubDateTimes();
        });
        plain.Should().Be("{\n  A: 0f8fad5b-d9cb-469f-a165-70867728950e,\n  Day: 2024-02-03Z,\n  Moment: 2024-02-03T01:00:00Z\n}");
    }

    [Fact]
    public async Task Members_can_be_ignored_or_scrubbed()
    {
        var value = new Person("Ada", 36, true, Colour.Red, null, [1]);

        (await _sandbox.SnapshotOf(value, settings =>
        {
            settings.IgnoreMember<Person>(person => person.Age);
            settings.IgnoreMembersWithType<Colour>();
            settings.IgnoreMember("IsAlive");
            settings.ScrubMembers(name => name.StartsWith('S'));
        })).Should().Be("{\n  Name: Ada,\n  Scores: {Scrubbed}\n}");
    }

    [Fact]
    public async Task Loops_are_left_out()
    {
        var node = new Node { Name = "root" };
        node.Next = node;
        node.All = [node, new Node { Name = "leaf" }];

        (await _sandbox.SnapshotOf(node)).Should().Be("{\n  Name: root,\n  All: [\n    {\n      Name: leaf\n    }\n  ]\n}");
    }

    [Fact]
    public async Task A_member_that_throws_is_named()
    {
        var act = async () => await _sandbox.SnapshotOf(new Broken());

        await act.Should().ThrowAsync<InvalidOperationException>().WithMessage("*Broken.Value failed: no value*IgnoreMember*");
    }

    [Fact]
    public async Task Strict_json_is_real_json_in_a_json_file()
    {
        var settings = _sandbox.Settings("strict");
        settings.UseStrictJson();
        settings.AutoVerify();

        var result = await Verify(new { Name = "a\"b", Flag = true, Ratio = 0.5, Infinite = double.PositiveInfinity }, settings);

        result.Text.Should().Be("{\n  \"Name\": \"a\\\"b\",\n  \"Flag\": true,\n  \"Ratio\": 0.5,\n  \"Infinite\": \"Infinity\"\n}");
        _sandbox.FileNames.Should().Equal("strict.verified.json");
    }

    [Fact]
    public async Task Json_text_is_written_like_an_object()
    {
        var result = await VerifyJson("""{"b": [1, 2.50, null, "x y"], "a": {}}""", _sandbox.Settings()).AutoVerify();

        result.Text.Should().Be("{\n  b: [\n    1,\n    2.50,\n    null,\n    x y\n  ],\n  a: {}\n}");
    }

    [Fact]
    public async Task Exceptions_show_type_and_message_and_a_trace_without_places()
    {
        var result = await Throws(() => throw new ArgumentException("bad shape", "input"), _sandbox.Settings()).AutoVerify();

        result.Text.Should().StartWith("{\n  Type: ArgumentException,\n").And.Contain("  Message: bad shape").And.Contain("  ParamName: input")
            .And.Contain("StackTrace:").And.NotContain(".cs");
        result.Exception.Should().BeOfType<ArgumentException>();
        var short_ = await ThrowsTask(() => Task.FromException(new IOException("gone")), _sandbox.Settings("second")).IgnoreStackTrace().AutoVerify();
        short_.Text.Should().Be("{\n  Type: IOException,\n  Message: gone\n}");
    }

    [Fact]
    public async Task An_expected_exception_that_does_not_come_fails()
    {
        var act = async () => await Throws(() => { }, _sandbox.Settings()).AutoVerify();

        await act.Should().ThrowAsync<InvalidOperationException>().WithMessage("Did not throw.");
        _sandbox.FileNames.Should().BeEmpty();
    }

    [Fact]
    public async Task Appended_values_stand_beside_the_target()
    {
        (await _sandbox.SnapshotOf("text", settings => settings.AppendValue("seed", 7))).Should().Be("{\n  target: text,\n  seed: 7\n}");
    }

    [Fact]
    public async Task Tasks_are_awaited()
    {
        var first = await Verify(Task.FromResult("text"), _sandbox.Settings("a")).AutoVerify();
        var second = await Verify(() => Task.FromResult(new { X = 1 }), _sandbox.Settings("b")).AutoVerify();

        first.Text.Should().Be("text");
        second.Text.Should().Be("{\n  X: 1\n}");
    }

    private sealed record Person(string Name, int Age, bool IsAlive, Colour Eyes, Person? Parent, IReadOnlyList<double>? Scores);

    private sealed class Node
    {
        public string? Name { get; set; }

        public Node? Next { get; set; }

        public IReadOnlyList<Node> All { get; set; } = [];
    }

    private sealed class Broken
    {
        public int Value => throw new NotSupportedException("no value");
    }
}
