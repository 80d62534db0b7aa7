import java.nio.file.Files;
import java.nio.file.Path;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.services.sts.StsClient;

/**
 * Asks STS who it is and prints the ARN, or {@code CODE: MESSAGE} on stderr. The argument says
 * where credentials come from: {@code implicit} is the SDK's own chain of providers, {@code
 * explicit} a call of AssumeRoleWithWebIdentity.
 */
public final class WhoAmI {
    private static StaticCredentialsProvider explicit() throws java.io.IOException {
        String token = Files.readString(Path.of(System.getenv("AWS_WEB_IDENTITY_TOKEN_FILE")));
        var granted = StsClient.create().assumeRoleWithWebIdentity(request -> request
                .roleArn(System.getenv("AWS_ROLE_ARN"))
                .roleSessionName(System.getenv("AWS_ROLE_SESSION_NAME"))
                .webIdentityToken(token)).credentials();
        return StaticCredentialsProvider.create(AwsSessionCredentials.create(
                granted.accessKeyId(), granted.secretAccessKey(), granted.sessionToken()));
    }

    public static void main(String[] arguments) throws Exception {
        try {
            var client = StsClient.builder();
            if (arguments[0].equals("explicit")) {
                client.credentialsProvider(explicit());
            }
            System.out.println(client.build().getCallerIdentity().arn());
        } catch (Exception error) {
            System.err.println(told(error));
            System.exit(1);
        }
    }

    /** STS's own words, however deep in the chain of providers they are. */
    private static String told(Throwable error) {
        for (Throwable inner = error; inner != null; inner = inner.getCause()) {
            if (inner instanceof AwsServiceException refused) {
                var details = refused.awsErrorDetails();
                return details.errorCode() + ": " + details.errorMessage();
            }
        }
        return "Failed: " + error.getMessage();
    }
}
