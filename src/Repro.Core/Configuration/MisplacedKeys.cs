namespace Repro.Core.Configuration;

/// <summary>Where a key belongs that stands in the wrong section; for messages about unknown keys only.</summary>
internal static class MisplacedKeys
{
    // A name that many sections have, such as kind, says nothing on where it was meant to stand.
    private const int MostPlaces = 3;

    /// <summary>Where a key belongs, such as <c>it belongs under 'optimizer'</c>; null where no section has it, many have it, or the same
    /// section has it in another form.</summary>
    /// <param name="name">The unknown key.</param>
    /// <param name="path">The section that it was written in; empty for the whole file.</param>
    /// <param name="root">The settings of the whole file.</param>
    internal static string? For(string name, string path, Type root)
    {
        // Items of a list are all alike.
        var here = string.Join('.', path.Split('.').Where(part => !part.All(char.IsAsciiDigit)));
        var places = Places(name, root, new Section(string.Empty, IsItem: false), []).Distinct().ToList();
        return places.Count is 0 or > MostPlaces || places.Exists(place => place.Path == here) ? null
            : $"it belongs {string.Join(" or ", places.Select(place => place.Words))}";
    }

    private static IEnumerable<Section> Places(string name, Type declared, Section section, IReadOnlyList<Type> around)
    {
        var type = Nullable.GetUnderlyingType(declared) ?? declared;
        if ((ConfigCollections.ValueOfDictionary(type) ?? ConfigCollections.ItemOfList(type)) is { } item)
        {
            return Places(name, item, section with { IsItem = true }, around);
        }

        // Settings may hold others of their own type.
        if (!ConfigShape.IsSettings(type) || around.Contains(type))
        {
            return [];
        }

        var forms = ConfigShape.VariantsOf(type) is { Count: > 0 } variants ? variants.Select(variant => variant.Record) : [type];
        return forms.SelectMany(form => ConfigShape.For(form).Keys).SelectMany(key => (IEnumerable<Section>)
        [
            .. key.Name == name ? [section] : Array.Empty<Section>(),
            .. Places(name, key.Type, new Section(section.Below(key.Name), IsItem: false), [.. around, type]),
        ]);
    }

    private sealed record Section(string Path, bool IsItem)
    {
        internal string Words => Path.Length == 0 ? "at the first level of the file"
            : IsItem ? $"in an item of '{Path}'" : $"under '{Path}'";

        internal string Below(string key) => Path.Length == 0 ? key : $"{Path}.{key}";
    }
}
