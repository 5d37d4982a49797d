using static TorchSharp.torch;

namespace Repro.Core.Models;

/// <summary>What scores texts. Scores carry no gradient and have no dropout in them; a row's score does not depend on its padding or the rows beside it.</summary>
public interface IRewardModel
{
    /// <summary>One score a text, read at its last real token.</summary>
    /// <param name="ids">Token ids [batch, count], int64.</param>
    /// <param name="mask">1 for real tokens, 0 for padding on whatever side, [batch, count].</param>
    /// <returns>[batch], single precision at least.</returns>
    /// <exception cref="ReproException">A row has no real token, or an id is not known to the model.</exception>
    Tensor Score(Tensor ids, Tensor mask);

    /// <summary>A score after every token: what a reward model makes of the text up to there.</summary>
    /// <param name="ids">Token ids [batch, count], int64.</param>
    /// <param name="mask">1 for real tokens, 0 for padding on whatever side, [batch, count].</param>
    /// <returns>[batch, count], single precision at least; meaningless at padding, but finite.</returns>
    /// <exception cref="ReproException">An id is not known to the model.</exception>
    Tensor ScoreTokens(Tensor ids, Tensor mask);
}
