/**
 * The messages that kubectl sends as protobuf, one per line: field number, `[]` repeated or `{}` map, name, type
 * (`generated.proto` of k8s.io/api and apimachinery v0.36). Types: s string, b bytes, ? bool, i integer, d double.
 * Statuses and rare volume sources are left out: no client sends them as protobuf.
 */
export const messageTable = `
Namespace: 1 metadata ObjectMeta, 2 spec NamespaceSpec
Secret: 1 metadata ObjectMeta, 5 immutable ?, 2{} data b, 4{} stringData s, 3 type s
ConfigMap: 1 metadata ObjectMeta, 4 immutable ?, 2{} data s, 3{} binaryData b
ServiceAccount: 1 metadata ObjectMeta, 2[] secrets ObjectReference, 3[] imagePullSecrets LocalObjectReference, 4 automountServiceAccountToken ?
Service: 1 metadata ObjectMeta, 2 spec ServiceSpec
Binding: 1 metadata ObjectMeta, 2 target ObjectReference
Pod: 1 metadata ObjectMeta, 2 spec PodSpec
Deployment: 1 metadata ObjectMeta, 2 spec DeploymentSpec
Job: 1 metadata ObjectMeta, 2 spec JobSpec
CronJob: 1 metadata ObjectMeta, 2 spec CronJobSpec
Role: 1 metadata ObjectMeta, 2[] rules PolicyRule
RoleBinding: 1 metadata ObjectMeta, 2[] subjects Subject, 3 roleRef RoleRef
ClusterRole: 1 metadata ObjectMeta, 2[] rules PolicyRule, 3 aggregationRule AggregationRule
ClusterRoleBinding: 1 metadata ObjectMeta, 2[] subjects Subject, 3 roleRef RoleRef
SelfSubjectAccessReview: 1 metadata ObjectMeta, 2 spec SelfSubjectAccessReviewSpec, 3 status SubjectAccessReviewStatus
SelfSubjectRulesReview: 1 metadata ObjectMeta, 2 spec SelfSubjectRulesReviewSpec, 3 status SubjectRulesReviewStatus
SubjectAccessReview: 1 metadata ObjectMeta, 2 spec SubjectAccessReviewSpec, 3 status SubjectAccessReviewStatus
SelfSubjectReview: 1 metadata ObjectMeta, 2 status SelfSubjectReviewStatus
TokenRequest: 1 metadata ObjectMeta, 2 spec TokenRequestSpec, 3 status TokenRequestStatus
Eviction: 1 metadata ObjectMeta, 2 deleteOptions DeleteOptions
DeleteOptions: 1 gracePeriodSeconds i, 2 preconditions Preconditions, 3 orphanDependents ?, 4 propagationPolicy s, 5[] dryRun s, 6 ignoreStoreReadErrorWithClusterBreakingPotential ?
ObjectMeta: 1 name s, 2 generateName s, 3 namespace s, 4 selfLink s, 5 uid s, 6 resourceVersion s, 7 generation i, 8 creationTimestamp Time, 9 deletionTimestamp Time, 10 deletionGracePeriodSeconds i, 11{} labels s, 12{} annotations s, 13[] ownerReferences OwnerReference, 14[] finalizers s, 17[] managedFields ManagedFieldsEntry
NamespaceSpec: 1[] finalizers s
ObjectReference: 1 kind s, 2 namespace s, 3 name s, 4 uid s, 5 apiVersion s, 6 resourceVersion s, 7 fieldPath s
LocalObjectReference: 1 name s
ServiceSpec: 1[] ports ServicePort, 2{} selector s, 3 clusterIP s, 18[] clusterIPs s, 4 type s, 5[] externalIPs s, 7 sessionAffinity s, 8 loadBalancerIP s, 9[] loadBalancerSourceRanges s, 10 externalName s, 11 externalTrafficPolicy s, 12 healthCheckNodePort i, 13 publishNotReadyAddresses ?, 14 sessionAffinityConfig SessionAffinityConfig, 19[] ipFamilies s, 17 ipFamilyPolicy s, 20 allocateLoadBalancerNodePorts ?, 21 loadBalancerClass s, 22 internalTrafficPolicy s, 23 trafficDistribution s
PodSpec: 1[] volumes Volume, 20[] initContainers Container, 2[] containers Container, 34[] ephemeralContainers EphemeralContainer, 3 restartPolicy s, 4 terminationGracePeriodSeconds i, 5 activeDeadlineSeconds i, 6 dnsPolicy s, 7{} nodeSelector s, 8 serviceAccountName s, 9 serviceAccount s, 21 automountServiceAccountToken ?, 10 nodeName s, 11 hostNetwork ?, 12 hostPID ?, 13 hostIPC ?, 27 shareProcessNamespace ?, 14 securityContext PodSecurityContext, 15[] imagePullSecrets LocalObjectReference, 16 hostname s, 17 subdomain s, 18 affinity Affinity, 19 schedulerName s, 22[] tolerations Toleration, 23[] hostAliases HostAlias, 24 priorityClassName s, 25 priority i, 26 dnsConfig PodDNSConfig, 28[] readinessGates PodReadinessGate, 29 runtimeClassName s, 30 enableServiceLinks ?, 31 preemptionPolicy s, 32{} overhead Quantity, 33[] topologySpreadConstraints TopologySpreadConstraint, 35 setHostnameAsFQDN ?, 36 os PodOS, 37 hostUsers ?, 38[] schedulingGates PodSchedulingGate, 39[] resourceClaims PodResourceClaim, 40 resources ResourceRequirements, 41 hostnameOverride s, 43 schedulingGroup PodSchedulingGroup
DeploymentSpec: 1 replicas i, 2 selector LabelSelector, 3 template PodTemplateSpec, 4 strategy DeploymentStrategy, 5 minReadySeconds i, 6 revisionHistoryLimit i, 7 paused ?, 9 progressDeadlineSeconds i
JobSpec: 1 parallelism i, 2 completions i, 3 activeDeadlineSeconds i, 11 podFailurePolicy PodFailurePolicy, 16 successPolicy SuccessPolicy, 7 backoffLimit i, 12 backoffLimitPerIndex i, 13 maxFailedIndexes i, 4 selector LabelSelector, 5 manualSelector ?, 6 template PodTemplateSpec, 8 ttlSecondsAfterFinished i, 9 completionMode s, 10 suspend ?, 14 podReplacementPolicy s, 15 managedBy s
CronJobSpec: 1 schedule s, 8 timeZone s, 2 startingDeadlineSeconds i, 3 concurrencyPolicy s, 4 suspend ?, 5 jobTemplate JobTemplateSpec, 6 successfulJobsHistoryLimit i, 7 failedJobsHistoryLimit i
PolicyRule: 1[] verbs s, 2[] apiGroups s, 3[] resources s, 4[] resourceNames s, 5[] nonResourceURLs s
Subject: 1 kind s, 2 apiGroup s, 3 name s, 4 namespace s
RoleRef: 1 apiGroup s, 2 kind s, 3 name s
AggregationRule: 1[] clusterRoleSelectors LabelSelector
SelfSubjectAccessReviewSpec: 1 resourceAttributes ResourceAttributes, 2 nonResourceAttributes NonResourceAttributes
SubjectAccessReviewStatus: 1 allowed ?, 4 denied ?, 2 reason s, 3 evaluationError s
SelfSubjectRulesReviewSpec: 1 namespace s
SubjectRulesReviewStatus: 1[] resourceRules ResourceRule, 2[] nonResourceRules NonResourceRule, 3 incomplete ?, 4 evaluationError s
SubjectAccessReviewSpec: 1 resourceAttributes ResourceAttributes, 2 nonResourceAttributes NonResourceAttributes, 3 user s, 4[] groups s, 5{} extra ExtraValue, 6 uid s
SelfSubjectReviewStatus: 1 userInfo UserInfo
TokenRequestSpec: 1[] audiences s, 4 expirationSeconds i, 3 boundObjectRef BoundObjectReference
TokenRequestStatus: 1 token s, 2 expirationTimestamp Time
Preconditions: 1 uid s, 2 resourceVersion s
OwnerReference: 5 apiVersion s, 1 kind s, 3 name s, 4 uid s, 6 controller ?, 7 blockOwnerDeletion ?
ManagedFieldsEntry: 1 manager s, 2 operation s, 3 apiVersion s, 4 time Time, 6 fieldsType s, 7 fieldsV1 FieldsV1, 8 subresource s
ServicePort: 1 name s, 2 protocol s, 6 appProtocol s, 3 port i, 4 targetPort IntOrString, 5 nodePort i
SessionAffinityConfig: 1 clientIP ClientIPConfig
Volume: 1 name s, 2 volumeSource VolumeSource
Container: 1 name s, 2 image s, 3[] command s, 4[] args s, 5 workingDir s, 6[] ports ContainerPort, 19[] envFrom EnvFromSource, 7[] env EnvVar, 8 resources ResourceRequirements, 23[] resizePolicy ContainerResizePolicy, 24 restartPolicy s, 25[] restartPolicyRules ContainerRestartRule, 9[] volumeMounts VolumeMount, 21[] volumeDevices VolumeDevice, 10 livenessProbe Probe, 11 readinessProbe Probe, 22 startupProbe Probe, 12 lifecycle Lifecycle, 13 terminationMessagePath s, 20 terminationMessagePolicy s, 14 imagePullPolicy s, 15 securityContext SecurityContext, 16 stdin ?, 17 stdinOnce ?, 18 tty ?
EphemeralContainer: 1 ephemeralContainerCommon EphemeralContainerCommon, 2 targetContainerName s
PodSecurityContext: 1 seLinuxOptions SELinuxOptions, 8 windowsOptions WindowsSecurityContextOptions, 2 runAsUser i, 6 runAsGroup i, 3 runAsNonRoot ?, 4[] supplementalGroups i, 12 supplementalGroupsPolicy s, 5 fsGroup i, 7[] sysctls Sysctl, 9 fsGroupChangePolicy s, 10 seccompProfile SeccompProfile, 11 appArmorProfile AppArmorProfile, 13 seLinuxChangePolicy s
Affinity: 1 nodeAffinity NodeAffinity, 2 podAffinity PodAffinity, 3 podAntiAffinity PodAntiAffinity
Toleration: 1 key s, 2 operator s, 3 value s, 4 effect s, 5 tolerationSeconds i
HostAlias: 1 ip s, 2[] hostnames s
PodDNSConfig: 1[] nameservers s, 2[] searches s, 3[] options PodDNSConfigOption
PodReadinessGate: 1 conditionType s
TopologySpreadConstraint: 1 maxSkew i, 2 topologyKey s, 3 whenUnsatisfiable s, 4 labelSelector LabelSelector, 5 minDomains i, 6 nodeAffinityPolicy s, 7 nodeTaintsPolicy s, 8[] matchLabelKeys s
PodOS: 1 name s
PodSchedulingGate: 1 name s
PodResourceClaim: 1 name s, 3 resourceClaimName s, 4 resourceClaimTemplateName s
ResourceRequirements: 1{} limits Quantity, 2{} requests Quantity, 3[] claims ResourceClaim
PodSchedulingGroup: 1 podGroupName s
LabelSelector: 1{} matchLabels s, 2[] matchExpressions LabelSelectorRequirement
PodTemplateSpec: 1 metadata ObjectMeta, 2 spec PodSpec
DeploymentStrategy: 1 type s, 2 rollingUpdate RollingUpdateDeployment
PodFailurePolicy: 1[] rules PodFailurePolicyRule
SuccessPolicy: 1[] rules SuccessPolicyRule
JobTemplateSpec: 1 metadata ObjectMeta, 2 spec JobSpec
ResourceAttributes: 1 namespace s, 2 verb s, 3 group s, 4 version s, 5 resource s, 6 subresource s, 7 name s, 8 fieldSelector FieldSelectorAttributes, 9 labelSelector LabelSelectorAttributes
NonResourceAttributes: 1 path s, 2 verb s
ResourceRule: 1[] verbs s, 2[] apiGroups s, 3[] resources s, 4[] resourceNames s
NonResourceRule: 1[] verbs s, 2[] nonResourceURLs s
ExtraValue: 1[] items s
UserInfo: 1 username s, 2 uid s, 3[] groups s, 4{} extra AuthenticationExtraValue
BoundObjectReference: 1 kind s, 2 apiVersion s, 3 name s, 4 uID s
ClientIPConfig: 1 timeoutSeconds i
VolumeSource: 1 hostPath HostPathVolumeSource, 2 emptyDir EmptyDirVolumeSource, 6 secret SecretVolumeSource, 10 persistentVolumeClaim PersistentVolumeClaimVolumeSource, 16 downwardAPI DownwardAPIVolumeSource, 19 configMap ConfigMapVolumeSource, 26 projected ProjectedVolumeSource
ContainerPort: 1 name s, 2 hostPort i, 3 containerPort i, 4 protocol s, 5 hostIP s
EnvFromSource: 1 prefix s, 2 configMapRef ConfigMapEnvSource, 3 secretRef SecretEnvSource
EnvVar: 1 name s, 2 value s, 3 valueFrom EnvVarSource
ContainerResizePolicy: 1 resourceName s, 2 restartPolicy s
ContainerRestartRule: 1 action s, 2 exitCodes ContainerRestartRuleOnExitCodes
VolumeMount: 1 name s, 2 readOnly ?, 7 recursiveReadOnly s, 3 mountPath s, 4 subPath s, 5 mountPropagation s, 6 subPathExpr s
VolumeDevice: 1 name s, 2 devicePath s
Probe: 1 handler ProbeHandler, 2 initialDelaySeconds i, 3 timeoutSeconds i, 4 periodSeconds i, 5 successThreshold i, 6 failureThreshold i, 7 terminationGracePeriodSeconds i
Lifecycle: 1 postStart LifecycleHandler, 2 preStop LifecycleHandler, 3 stopSignal s
SecurityContext: 1 capabilities Capabilities, 2 privileged ?, 3 seLinuxOptions SELinuxOptions, 10 windowsOptions WindowsSecurityContextOptions, 4 runAsUser i, 8 runAsGroup i, 5 runAsNonRoot ?, 6 readOnlyRootFilesystem ?, 7 allowPrivilegeEscalation ?, 9 procMount s, 11 seccompProfile SeccompProfile, 12 appArmorProfile AppArmorProfile
EphemeralContainerCommon: 1 name s, 2 image s, 3[] command s, 4[] args s, 5 workingDir s, 6[] ports ContainerPort, 19[] envFrom EnvFromSource, 7[] env EnvVar, 8 resources ResourceRequirements, 23[] resizePolicy ContainerResizePolicy, 24 restartPolicy s, 25[] restartPolicyRules ContainerRestartRule, 9[] volumeMounts VolumeMount, 21[] volumeDevices VolumeDevice, 10 livenessProbe Probe, 11 readinessProbe Probe, 22 startupProbe Probe, 12 lifecycle Lifecycle, 13 terminationMessagePath s, 20 terminationMessagePolicy s, 14 imagePullPolicy s, 15 securityContext SecurityContext, 16 stdin ?, 17 stdinOnce ?, 18 tty ?
SELinuxOptions: 1 user s, 2 role s, 3 type s, 4 level s
WindowsSecurityContextOptions: 1 gmsaCredentialSpecName s, 2 gmsaCredentialSpec s, 3 runAsUserName s, 4 hostProcess ?
Sysctl: 1 name s, 2 value s
SeccompProfile: 1 type s, 2 localhostProfile s
AppArmorProfile: 1 type s, 2 localhostProfile s
NodeAffinity: 1 requiredDuringSchedulingIgnoredDuringExecution NodeSelector, 2[] preferredDuringSchedulingIgnoredDuringExecution PreferredSchedulingTerm
PodAffinity: 1[] requiredDuringSchedulingIgnoredDuringExecution PodAffinityTerm, 2[] preferredDuringSchedulingIgnoredDuringExecution WeightedPodAffinityTerm
PodAntiAffinity: 1[] requiredDuringSchedulingIgnoredDuringExecution PodAffinityTerm, 2[] preferredDuringSchedulingIgnoredDuringExecution WeightedPodAffinityTerm
PodDNSConfigOption: 1 name s, 2 value s
ResourceClaim: 1 name s, 2 request s
LabelSelectorRequirement: 1 key s, 2 operator s, 3[] values s
RollingUpdateDeployment: 1 maxUnavailable IntOrString, 2 maxSurge IntOrString
PodFailurePolicyRule: 1 action s, 2 onExitCodes PodFailurePolicyOnExitCodesRequirement, 3[] onPodConditions PodFailurePolicyOnPodConditionsPattern
SuccessPolicyRule: 1 succeededIndexes s, 2 succeededCount i
FieldSelectorAttributes: 1 rawSelector s, 2[] requirements FieldSelectorRequirement
LabelSelectorAttributes: 1 rawSelector s, 2[] requirements LabelSelectorRequirement
AuthenticationExtraValue: 1[] items s
HostPathVolumeSource: 1 path s, 2 type s
EmptyDirVolumeSource: 1 medium s, 2 sizeLimit Quantity
SecretVolumeSource: 1 secretName s, 2[] items KeyToPath, 3 defaultMode i, 4 optional ?
PersistentVolumeClaimVolumeSource: 1 claimName s, 2 readOnly ?
DownwardAPIVolumeSource: 1[] items DownwardAPIVolumeFile, 2 defaultMode i
ConfigMapVolumeSource: 1 localObjectReference LocalObjectReference, 2[] items KeyToPath, 3 defaultMode i, 4 optional ?
ProjectedVolumeSource: 1[] sources VolumeProjection, 2 defaultMode i
ConfigMapEnvSource: 1 localObjectReference LocalObjectReference, 2 optional ?
SecretEnvSource: 1 localObjectReference LocalObjectReference, 2 optional ?
EnvVarSource: 1 fieldRef ObjectFieldSelector, 2 resourceFieldRef ResourceFieldSelector, 3 configMapKeyRef ConfigMapKeySelector, 4 secretKeyRef SecretKeySelector, 5 fileKeyRef FileKeySelector
ContainerRestartRuleOnExitCodes: 1 operator s, 2[] values i
ProbeHandler: 1 exec ExecAction, 2 httpGet HTTPGetAction, 3 tcpSocket TCPSocketAction, 4 grpc GRPCAction
LifecycleHandler: 1 exec ExecAction, 2 httpGet HTTPGetAction, 3 tcpSocket TCPSocketAction, 4 sleep SleepAction
Capabilities: 1[] add s, 2[] drop s
NodeSelector: 1[] nodeSelectorTerms NodeSelectorTerm
PreferredSchedulingTerm: 1 weight i, 2 preference NodeSelectorTerm
PodAffinityTerm: 1 labelSelector LabelSelector, 2[] namespaces s, 3 topologyKey s, 4 namespaceSelector LabelSelector, 5[] matchLabelKeys s, 6[] mismatchLabelKeys s
WeightedPodAffinityTerm: 1 weight i, 2 podAffinityTerm PodAffinityTerm
PodFailurePolicyOnExitCodesRequirement: 1 containerName s, 2 operator s, 3[] values i
PodFailurePolicyOnPodConditionsPattern: 1 type s, 2 status s
FieldSelectorRequirement: 1 key s, 2 operator s, 3[] values s
KeyToPath: 1 key s, 2 path s, 3 mode i
DownwardAPIVolumeFile: 1 path s, 2 fieldRef ObjectFieldSelector, 3 resourceFieldRef ResourceFieldSelector, 4 mode i
VolumeProjection: 1 secret SecretProjection, 2 downwardAPI DownwardAPIProjection, 3 configMap ConfigMapProjection, 4 serviceAccountToken ServiceAccountTokenProjection, 5 clusterTrustBundle ClusterTrustBundleProjection, 6 podCertificate PodCertificateProjection
ObjectFieldSelector: 1 apiVersion s, 2 fieldPath s
ResourceFieldSelector: 1 containerName s, 2 resource s, 3 divisor Quantity
ConfigMapKeySelector: 1 localObjectReference LocalObjectReference, 2 key s, 3 optional ?
SecretKeySelector: 1 localObjectReference LocalObjectReference, 2 key s, 3 optional ?
FileKeySelector: 1 volumeName s, 2 path s, 3 key s, 4 optional ?
ExecAction: 1[] command s
HTTPGetAction: 1 path s, 2 port IntOrString, 3 host s, 4 scheme s, 5[] httpHeaders HTTPHeader
TCPSocketAction: 1 port IntOrString, 2 host s
GRPCAction: 1 port i, 2 service s
SleepAction: 1 seconds i
NodeSelectorTerm: 1[] matchExpressions NodeSelectorRequirement, 2[] matchFields NodeSelectorRequirement
SecretProjection: 1 localObjectReference LocalObjectReference, 2[] items KeyToPath, 4 optional ?
DownwardAPIProjection: 1[] items DownwardAPIVolumeFile
ConfigMapProjection: 1 localObjectReference LocalObjectReference, 2[] items KeyToPath, 4 optional ?
ServiceAccountTokenProjection: 1 audience s, 2 expirationSeconds i, 3 path s
ClusterTrustBundleProjection: 1 name s, 2 signerName s, 3 labelSelector LabelSelector, 5 optional ?, 4 path s
PodCertificateProjection: 1 signerName s, 2 keyType s, 3 maxExpirationSeconds i, 4 credentialBundlePath s, 5 keyPath s, 6 certificateChainPath s, 7{} userAnnotations s
HTTPHeader: 1 name s, 2 value s
NodeSelectorRequirement: 1 key s, 2 operator s, 3[] values s
`;
