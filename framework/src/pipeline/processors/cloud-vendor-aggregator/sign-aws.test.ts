import { signAws } from './sign-aws';

test('signatures: the example of the vendor, and one of its own signer', () => {
  const common = { at: Date.UTC(2013, 4, 24), credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' } };
  const bucketUrl = new URL('https://examplebucket.s3.amazonaws.com/?lifecycle');
  expect(signAws({ ...common, url: bucketUrl, service: 's3', region: 'us-east-1' })['authorization']).toMatch(/=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543$/);
  const tagsUrl = new URL('https://lambda.eu-west-1.amazonaws.com/2017-03-31/tags/arn%3Aaws%3Alambda%3Aeu-west-1%3A1%3Afunction%3Ax');
  const temporary = { ...common, credentials: { ...common.credentials, sessionToken: 'tok/en' } };
  expect(signAws({ ...temporary, url: tagsUrl, service: 'lambda', region: 'eu-west-1' })['authorization']).toMatch(/=802eb774efc0919b5233ac7c28705f307b7adf210e5484b5cd76dca524b801eb$/);
});
