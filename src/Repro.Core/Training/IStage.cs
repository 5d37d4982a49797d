namespace Repro.Core.Training;

/// <summary>A kind of training that a configuration file can ask for: it turns settings into a trainer, or says what would happen.</summary>
public interface IStage
{
    /// <summary>What <c>stage:</c> says in the file, such as <c>sft</c>.</summary>
    string Name { get; }

    /// <summary>The record that the file is read into; derived from <see cref="StageConfig"/>.</summary>
    Type ConfigType { get; }

    /// <summary>Loads models and data.</summary>
    /// <param name="config">Of <see cref="ConfigType"/>.</param>
    /// <param name="cancellation">Stops the loading.</param>
    /// <exception cref="ReproException">A file is missing or not valid, or settings do not fit together.</exception>
    ITrainer Build(StageConfig config, CancellationToken cancellation);

    /// <summary>Checks files, formats and shapes and estimates memory and time without loading weights.</summary>
    /// <param name="config">Of <see cref="ConfigType"/>.</param>
    /// <param name="cancellation">Stops the reading.</param>
    StagePlan Plan(StageConfig config, CancellationToken cancellation);
}
